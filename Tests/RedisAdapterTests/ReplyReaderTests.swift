import DBAdapterCore
import Testing

@testable import RedisAdapter

@Suite("Reply reader")
struct ReplyReaderTests {
  private func read(_ text: String, limit: Int = 1 << 20, chunk: Int = .max) throws -> [DBValue?] {
    let reader = ReplyReader(limit: limit)
    var values: [DBValue?] = []
    let bytes = Array(text.utf8)
    var position = 0
    while position < bytes.count {
      let end = min(bytes.count, position + min(chunk, bytes.count))
      try bytes[position..<end].withUnsafeBytes { part in
        try reader.read(part) { item in
          switch item {
          case .reply(let reply): values.append(reply.value)
          case .tooLarge, .tooDeep: values.append(nil)
          }
        }
      }
      position = end
    }
    return values
  }

  @Test("reads every kind of reply, however the bytes are cut", arguments: [1, 2, 3, 7, 1_000])
  func kinds(chunk: Int) throws {
    let text =
      "+OK\r\n-WRONGTYPE no\r\n:42\r\n$5\r\nhello\r\n$-1\r\n*-1\r\n*0\r\n*3\r\n:1\r\n*2\r\n$1\r\na\r\n*0\r\n$0\r\n\r\n+END\r\n"
    let expected: [DBValue] = [
      "OK", .native(DBNative(typeName: "error", text: "WRONGTYPE no")), 42, "hello", .null, .null, .array(DBArray([])),
      .array(DBArray([1, .array(DBArray(["a", .array(DBArray([]))])), ""])), "END",
    ]
    #expect(try read(text, chunk: chunk) == expected)
  }

  @Test("a string over the limit is read past, and what follows is not lost", arguments: [1, 2, 5, 64, 1_000, 100_000])
  func largeString(chunk: Int) throws {
    let text = "+A\r\n$50000\r\n" + String(repeating: "x", count: 50_000) + "\r\n:7\r\n"
    #expect(try read(text, limit: 1_000, chunk: chunk) == ["A", nil, 7])
  }

  @Test("an array over the limit is read past, large strings in it included", arguments: [1, 3, 64, 1_000])
  func largeArray(chunk: Int) throws {
    let element = "$3000\r\n" + String(repeating: "y", count: 3_000) + "\r\n"
    let text = "*40\r\n" + String(repeating: element, count: 40) + "*2\r\n:1\r\n:2\r\n"
    #expect(try read(text, limit: 2_000, chunk: chunk) == [nil, .array(DBArray([1, 2]))])
  }

  @Test("a large string keeps no more than the limit in memory")
  func memory() throws {
    let reader = ReplyReader(limit: 1_000)
    var results = 0
    func feed(_ text: String) throws {
      var text = text
      try text.withUTF8 { bytes in try reader.read(UnsafeRawBufferPointer(bytes)) { _ in results += 1 } }
    }
    try feed("$1000000\r\nxx")
    for _ in 0..<999 { try feed(String(repeating: "x", count: 1_000)) }
    #expect(reader.pendingBytes < 2_000)
    try feed(String(repeating: "x", count: 998) + "\r\n+OK\r\n")
    #expect(results == 2)
  }

  @Test("bytes that are no reply are a protocol violation")
  func violation() {
    #expect { try read("hello\r\n") } throws: { ($0 as? DBError)?.code == .protocolViolation }
  }

  /// A server may say anything.
  @Test("hostile bytes end in a violation or in nothing")
  func hostile() {
    for text in [
      "*2147483648\r\n", "*4294967295\r\n", "*4294967297\r\n:1\r\n", "*-2\r\n", "$-2\r\n", "$4294967295\r\nx\r\n",
      "$99999999999999999999\r\n", "*99999999999999999999\r\n", "*2147483647\r\n:1\r\n", "$2147483647\r\nxxx", "$\r\n",
      "*\r\n",
      "$1099511627776\r\nxxx", "$9223372036854775807\r\nxxx", "*2\r\n*2147483647\r\n*2147483647\r\n$5\r\nhel",
    ] {
      for chunk in [1, 2, .max] { _ = try? read(text, limit: 4_096, chunk: chunk) }
    }
    let good = "*3\r\n$5\r\nhello\r\n:12\r\n*2\r\n+OK\r\n$-1\r\n-ERR x\r\n" + nested(12).text + "$0\r\n\r\n"
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<3_000 {
      var bytes = Array(good.utf8)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: bytes.indices, using: &generator)
        bytes[place] =
          Bool.random() ? Array("0123456789$*+-:\r\nx".utf8).randomElement() ?? 0 : UInt8.random(in: 0...127)
      }
      _ = try? read(String(decoding: bytes, as: UTF8.self), limit: 200, chunk: [1, 3, 17, .max].randomElement() ?? 1)
    }
  }

  /// As many arrays in each other, each with something before and after it.
  private func nested(_ depth: Int) -> (text: String, value: DBValue) {
    var text = "$4\r\ncore\r\n"
    var value: DBValue = "core"
    for level in 0..<depth {
      text = "*4\r\n:\(level)\r\n" + text + "$-1\r\n+s\r\n"
      value = .array(DBArray([.int(Int64(level)), value, .null, "s"]))
    }
    return (text, value)
  }

  @Test("arrays may be deeper than hiredis reads, however the bytes are cut", arguments: [1, 2, 5, 17, 1_000_000])
  func deep(chunk: Int) throws {
    for depth in [6, 7, 8, 9, 10, 12, 40, ReplyReader.maximumDepth] {
      let (text, value) = nested(depth)
      #expect(
        try read(text + ":7\r\n" + text + "*0\r\n", chunk: chunk) == [value, 7, value, .array(DBArray([]))], "\(depth)")
    }
  }

  @Test("an array deeper than allowed is read past, and what follows is not lost", arguments: [1, 7, 1_000_000])
  func tooDeep(chunk: Int) throws {
    let (text, _) = nested(ReplyReader.maximumDepth + 1)
    let (abyss, _) = nested(20_000)
    #expect(
      try read("+A\r\n" + text + ":7\r\n" + (chunk > 1 ? abyss : "") + "+B\r\n", chunk: chunk) == ["A", nil, 7]
        + (chunk > 1 ? [nil, "B"] : ["B"]))
  }

  @Test(
    "a deep reply over the limit is read past, large strings in it included", arguments: [1, 3, 64, 1_000, 1_000_000])
  func deepAndLarge(chunk: Int) throws {
    let arrays = String(repeating: "*1\r\n", count: 12)
    let string = "$50000\r\n" + String(repeating: "x", count: 50_000) + "\r\n"
    #expect(try read("\(arrays)\(string):7\r\n", limit: 1_000, chunk: chunk) == [nil, 7])
    let many =
      String(repeating: "*1\r\n", count: 11) + "*500\r\n" + String(repeating: "$10\r\n0123456789\r\n", count: 500)
    #expect(try read(many + ":8\r\n", limit: 4_000, chunk: chunk) == [nil, 8])
    let first = try #require(try read(many + ":8\r\n", chunk: chunk).first ?? nil)
    #expect("\(first)".utf8.count { $0 == UInt8(ascii: "9") } == 500)
  }

  @Test(
    "nonsense in a deep reply is a protocol violation",
    arguments: ["hello\r\n", "\r\n\r\n", "$x\r\n", "*99999999999\r\n", ":\r\n"])
  func deepViolation(nonsense: String) {
    let arrays = String(repeating: "*1\r\n", count: 12)
    #expect { try read(arrays + nonsense) } throws: { ($0 as? DBError)?.code == .protocolViolation }
  }
}
