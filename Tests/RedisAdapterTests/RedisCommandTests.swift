import DBAdapterCore
import Testing

@testable import RedisAdapter

@Suite("Redis commands")
struct RedisCommandTests {
  private func arguments(_ command: RedisCommand) -> [String] {
    // Bytes that are not ASCII are shown as numbers.
    (0..<command.count).map { position in
      command[position].map { $0 < 0x80 ? String(UnicodeScalar($0)) : "<\($0)>" }.joined()
    }
  }

  private func error(_ body: () throws -> Void) -> DBError? {
    do { try body() } catch { return error as? DBError }
    return nil
  }

  @Test(
    "the quoting is redis-cli's",
    arguments: [
      ("GET key", ["GET", "key"]), ("  GET\t key \r\n", ["GET", "key"]), ("SET k \"a b\"", ["SET", "k", "a b"]),
      ("SET k \"\"", ["SET", "k", ""]), ("SET k ''", ["SET", "k", ""]),
      (#"SET k "\n\r\t\b\a\x41\xff\q\"\\""#, ["SET", "k", "\n\r\t\u{8}\u{7}A<255>q\"\\"]),
      (#"SET k "\x4\xzz\x""#, ["SET", "k", "x4xzzx"]), (#"SET k 'a\'b\n"'"#, ["SET", "k", "a'b\\n\""]),
      (#"SET k\n \x41"#, ["SET", "k\\n", "\\x41"]), ("a\"b c\" d", ["ab c", "d"]), ("a'b c'", ["ab c"]),
      ("SET k $1", ["SET", "k", "$1"]), ("SET k \u{e9}", ["SET", "k", "<195><169>"]), ("# x", ["#", "x"]),
      ("a\u{b}b \u{b}c", ["a\u{b}b", "c"]), ("SET k \"a\nb\"", ["SET", "k", "a\nb"]), ("\"a\"\u{c}b", ["a", "b"]),
      ("SET k a\0b", ["SET", "k", "a\0b"]), ("\"\\\u{e9}\"", ["<195><169>"]),
    ] as [(String, [String])])
  func quoting(text: String, expected: [String]) throws {
    #expect(try arguments(RedisCommand(text: text)) == expected)
  }

  @Test(
    "quotes that do not fit are named with their place",
    arguments: [
      ("SET k \"abc", 7, "argument 3 is not closed"), ("SET 'k", 5, "argument 2 is not closed"),
      ("é 'k", 3, "argument 2 is not closed"), ("SET \"k\"x v", 8, "argument 2 is followed"),
      ("'a''b'", 4, "argument 1 is followed"), ("SET k \"a\\\"", 7, "argument 3 is not closed"),
      ("SET k 'a\\'", 7, "argument 3 is not closed"), ("SET k \"a\\", 7, "argument 3 is not closed"),
    ])
  func unbalanced(text: String, position: Int, message: String) {
    let error = error { _ = try RedisCommand(text: text) }
    #expect(error?.code == .syntaxError)
    #expect(error?.server?.position == position)
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
  }

  @Test("an empty command is refused", arguments: ["", "  \n", "\t"])
  func empty(text: String) {
    #expect(error { _ = try RedisCommand(text: text) }?.code == .invalidParameter)
    #expect(error { _ = try RedisCommand(QueryRequest(.command([]))) }?.code == .invalidParameter)
  }

  @Test("a hole is one argument, or the part of one it stands in")
  func template() throws {
    func check(_ request: QueryRequest, _ expected: [String]) throws {
      #expect(try arguments(RedisCommand(request)) == expected)
    }
    let (id, value) = (7, "a \"b' c\n\\x41 $1")
    try check("SET user:\(id) \(value)", ["SET", "user:7", value])
    try check("SET \"user \(id)\" '\(value)'", ["SET", "user 7", value])
    try check("SET k \("")", ["SET", "k", ""])
    try check("SET \("")\("") v", ["SET", "", "v"])
    try check("SET k \(DBBytes([0xFF, 0x00]))-\(1.5)", ["SET", "k", "<255>\0-1.5"])
    try check("\(value)", [value])
    try check("GET \(unsafeText: "a b")", ["GET", "a", "b"])
    try check("SET k 'it\\'s '\u{20}\(id)", ["SET", "k", "it's ", "7"])
  }

  @Test("a value where no value can stand is an error")
  func misplacedHole() {
    let id = 7
    #expect(error { _ = try RedisCommand("GET \"a\"\(id)" as QueryRequest) }?.code == .syntaxError)
    #expect(error { _ = try RedisCommand("GET \"a\\\(id)\"" as QueryRequest) }?.code == .syntaxError)
    #expect(error { _ = try RedisCommand("GET \"a\(id)" as QueryRequest) }?.code == .syntaxError)
    #expect(error { _ = try RedisCommand("GET \(identifier: "k")" as QueryRequest) }?.code == .unsupported)
    #expect(error { _ = try RedisCommand(QueryRequest(.document(["GET": "k"]))) }?.code == .unsupported)
    let template = QueryTemplate([.text("GET \"a\\"), .text("n\" "), .parameter("v")])
    #expect((try? arguments(RedisCommand(QueryRequest(.template(template))))) == ["GET", "a\n", "v"])
  }

  @Test("parameters stand for $1, $2, …")
  func parameters() throws {
    func bound(_ text: String, _ parameters: DBValue...) throws -> [String] {
      try arguments(RedisCommand(QueryRequest(unsafeText: text, parameters: parameters)))
    }
    #expect(try bound("SET $1 $2", "k 1", "v\"") == ["SET", "k 1", "v\""])
    #expect(try bound("ECHO $1 $1 \"$1\" a$1 $x $", "v") == ["ECHO", "v", "v", "$1", "a$1", "$x", "$"])
    #expect(try bound("SET $2 $1", "v", "k") == ["SET", "k", "v"])
    #expect(error { _ = try bound("SET $1 v", "k", "unused") }?.message.contains("parameter 2 is not used") == true)
    #expect(error { _ = try bound("SET $1 $2", "k") }?.message.contains("$2 has no parameter: 1 is given") == true)
    #expect(error { _ = try bound("SET $0 $1", "k") }?.code == .invalidParameter)
    var request: QueryRequest = "GET \(1)"
    request.parameters = ["x"]
    #expect(error { _ = try RedisCommand(request) }?.code == .invalidParameter)
    #expect(error { _ = try RedisCommand(QueryRequest(.command(["GET"]), parameters: [1])) }?.code == .invalidParameter)
  }

  @Test("values become arguments")
  func values() throws {
    let values: [(DBValue, String)] = [
      ("text", "text"), (.int(.min), "-9223372036854775808"), (.uint(.max), "18446744073709551615"), (0.1, "0.1"),
      (.double(1e300), "1e+300"), (.double(3), "3"), (.double(.infinity), "inf"), (.double(-.infinity), "-inf"),
      (.decimal(.negativeInfinity), "-inf"), (.json(DBJSON("{\"a\": 1}")), "{\"a\": 1}"),
      (.bytes(DBBytes([0x80, 0x0A])), "<128>\n"), (.native(DBNative(typeName: "x", text: "y")), "y"),
      (.timestamp(DBTimestamp(microsecondsSince2000: 0, hasZone: true)), "2000-01-01T00:00:00Z"),
    ]
    for (value, expected) in values {
      #expect(try arguments(RedisCommand(QueryRequest(.command(["SET", "k", value])))) == ["SET", "k", expected])
    }
    let refused: [DBValue] = [
      .null, true, .double(.nan), .decimal(.notANumber), ["a"], ["a": 1],
    ]
    for value in refused {
      let error = error { _ = try RedisCommand(QueryRequest(.command(["SET", "k", value]))) }
      #expect(error?.code == .invalidParameter)
      #expect(error?.message.hasPrefix("argument 3: ") == true)
    }
  }

  @Test("a literal makes a command of arguments, a request one of text")
  func literals() throws {
    #expect(arguments(RedisCommand("GET", "a b")) == ["GET", "a b"])
    #expect(try arguments(RedisCommand("GET a" as QueryRequest)) == ["GET", "a"])
    #expect(arguments(RedisCommand("PING")) == ["PING"])
  }

  @Test("no error holds a byte of the command")
  func secrets() {
    for text in ["AUTH \"s3cret", "AUTH \"s3cret\"s3cret"] {
      #expect(error { _ = try RedisCommand(text: text) }?.debugDescription.contains("s3cret") == false)
    }
  }

  @Test("a script is cut into its lines")
  func script() throws {
    let script = "# users\r\nSET a 1\r\n\r\n  GET a  \n\t# end\nSET b \"\\n # \""
    #expect(
      try RedisScript.split(script) == [
        ScriptStatement(text: "SET a 1", line: 2), ScriptStatement(text: "GET a", line: 4),
        ScriptStatement(text: "SET b \"\\n # \"", line: 6),
      ])
    #expect(try RedisScript.split("# nothing\n").isEmpty)
    let error = error { _ = try RedisScript.split("PING\nSET a \"b\nGET a") }
    #expect(error?.message.hasPrefix("line 2: the quote of argument 3 is not closed") == true)
  }
}
