import DBAdapterCore
import DBAdapterTesting
import RedisAdapter
import Testing

/// Redis as the conformance suite has to know it. What the suite calls a table is a set; the values it keeps in it are fields of a hash.
struct RedisDialect: ConformanceDialect {
  private func text(_ text: String) -> QueryRequest { QueryRequest(unsafeText: text) }

  func answer(_ number: Int) -> QueryRequest { text("EVAL_RO 'return tonumber(ARGV[1])' 0 \(number)") }
  func echo(_ value: DBValue, as type: String) -> QueryRequest {
    QueryRequest(unsafeText: "ECHO $1", parameters: [value])
  }
  func series(_ count: Int) -> QueryRequest {
    text(#"EVAL_RO "local t = {} for i = 1, tonumber(ARGV[1]) do t[i] = i end return t" 0 \#(count)"#)
  }
  var seriesColumn: String { "value" }

  func fill(_ table: String, count: Int, isWide: Bool) -> [QueryRequest] {
    let script = """
      local part, text = {}, ARGV[2]
      for i = 1, tonumber(ARGV[1]) do
        part[#part + 1] = text == '' and i or i .. text
        if #part == 1000 then redis.call('SADD', KEYS[1], unpack(part)) part = {} end
      end
      if #part > 0 then redis.call('SADD', KEYS[1], unpack(part)) end
      """
    let suffix = isWide ? " is a text of some length, so that the rows are worth something" : ""
    let fill: QueryRequest = "EVAL \(script) 1 \(table) \(count) \(suffix)"
    return [fill.timeout(.seconds(30))]
  }
  func rows(in table: String, count: Int, isWide: Bool) -> QueryRequest { "SSCAN \(table) 0" }
  var streamColumns: [String] { ["member"] }
  var longStream: Int { 300_000 }
  var manyRows: Int { 400_000 }
  var endless: QueryRequest { "BLPOP bosdb_nothing 600" }
  var nothing: (request: QueryRequest, columns: [String], reply: ReplyShape) {
    ("LRANGE bosdb_nothing 0 -1", ["value"], .list)
  }
  func sum(ofParameters numbers: [Int]) -> String {
    #"EVAL_RO "local s = 0 for _, v in ipairs(ARGV) do s = s + v end return s" 0 "#
      + numbers.map { "$\($0)" }.joined(separator: " ")
  }

  func create(_ table: String, columns: String) -> [QueryRequest] { [] }
  func drop(_ table: String) -> QueryRequest { "UNLINK \(table) \(table + ":v")" }
  func insert(_ number: Int, into table: String) -> QueryRequest { "SADD \(table) \(number)" }
  func insert(_ text: String, into table: String) -> QueryRequest { "SADD \(table) \(text)" }
  func count(of text: String, in table: String) -> QueryRequest { "SISMEMBER \(table) \(text)" }
  func count(_ table: String) -> QueryRequest { "SCARD \(table)" }
  func keep(_ value: DBValue, id: Int, in table: String) -> QueryRequest { "HSET \(table + ":v") \(id) \(value)" }
  func fetch(_ id: Int, from table: String) -> QueryRequest { "HGET \(table + ":v") \(id)" }
  func failing(_ table: String) -> (request: QueryRequest, code: DBError.Code) { ("GET \(table)", .dataInvalid) }
  func countedWrites(_ table: String) -> [(request: QueryRequest, rows: Int, replied: Int)] {
    [
      ("SADD \(table) 1 2 3 4", 4, 1), ("SADD \(table) 4 5", 1, 1), ("SADD \(table) 5", 0, 1),
      ("SREM \(table) 1 2 3", 3, 1),
    ]
  }

  var wrongSyntax: [(text: String, position: Int?)] {
    [("ECHO \"é", 6), ("SET 'é'x 1", 8), ("NO_SUCH_COMMAND x", nil), ("GET", nil)]
  }
  func failures(_ table: String) -> [(text: String, code: DBError.Code, word: String?)] {
    [
      ("GET \(table)", .dataInvalid, "WRONGTYPE"), ("RENAME \(table)_missing x", .objectNotFound, "ERR"),
      ("EVALSHA_RO \(String(repeating: "f", count: 40)) 0", .objectNotFound, "NOSCRIPT"),
      ("XREADGROUP GROUP g c STREAMS \(table)_missing >", .objectNotFound, "NOGROUP"),
      ("INCRBY \(table)_missing much", .dataInvalid, "ERR"),
      ("EVAL_RO \"return redis.call('SADD', KEYS[1], 2)\" 1 \(table)", .permissionDenied, "ERR"),
    ]
  }
  func refusedBeforehand(_ table: String) -> [String] { ["NO_SUCH_COMMAND x", "SADD"] }
  var emptyStatements: [String] { ["", "  \n", "\t"] }
  func severalStatements(_ table: String) -> [(text: String, isWrong: Bool)] { [] }
  var singleStatements: [String] { ["ECHO ';'", " PING\n", "ECHO \"a\nb\""] }
  func classified(_ table: String) -> [(text: String, effect: StatementClassification.Effect)] {
    [
      ("GET \(table)", .read), (" smembers '\(table)'\n", .read), ("EVAL_RO 'return 1' 0", .read),
      ("SADD \(table) 1", .write), ("'sadd' \(table) 1", .write), ("EVAL 'return 1' 0", .write),
      ("SORT \(table)", .write), ("GETEX \(table)", .write), ("FLUSHALL", .administration),
      ("MULTI", .transactionControl),
      ("EXEC", .transactionControl), ("NO_SUCH_COMMAND \(table)", .unknown),
    ]
  }
  func writes(_ table: String) -> [String] {
    [
      "SADD \(table) 1", "'sadd' \(table) 1", "UNLINK \(table)",
      "EVAL \"return redis.call('SADD', KEYS[1], 1)\" 1 \(table)",
      "SUNIONSTORE \(table) x", "SORT x STORE \(table)", "BITFIELD \(table) SET u8 0 1", "GETEX \(table) PERSIST",
      "RESTORE \(table) 0 x", "COPY x \(table)", "FCALL x 0", "XGROUP CREATE \(table) g $ MKSTREAM", "FLUSHDB",
      "CONFIG SET maxmemory 0", "NO_SUCH_COMMAND \(table)", "SWAPDB 0 1", "MIGRATE h 1 \(table) 0 1",
    ]
  }
  func refused(_ value: String, _ table: String) -> QueryRequest { "NO_SUCH_COMMAND \(value)" }
}

enum RedisQuirks {
  static func quirks(_ server: TestServer) throws -> AdapterQuirks {
    let url = try TestServers.require(server)
    var quirks = AdapterQuirks(
      name: "Redis", registry: try AdapterRegistry([.redis]), target: try ConnectionString(url),
      capabilities: [
        .rowStreaming, .pipelining, .cancellation, .explain, .schemas, .atomicBatches, .nativeReplies, .subscriptions,
      ], dialect: RedisDialect())
    quirks.storage = storage
    quirks.connectFailures = try connectFailures(url)
    quirks.parametersAreTyped = false
    quirks.namesColumns = false
    quirks.takesNames = false
    quirks.hasConstraints = false
    quirks.sessionsAreShared = true
    // A blocked command is stopped by the server, which says whether it had done something.
    quirks.stoppedDidNothing = true
    quirks.bareTextHasNoPlaceholders = true
    quirks.missingTableIsEmpty = true
    quirks.streamIsOrdered = false
    quirks.publish = { "PUBLISH \($0) \($1)" }
    // The server flags it as a read, and it may keep what it has counted.
    let key = TestServers.uniqueName()
    quirks.sneakyWrite = SneakyWriteQuirk(
      setup: ["PFADD \(key) a b"], statement: "PFCOUNT \(key)", cleanup: ["UNLINK \(key)"])
    return quirks
  }

  private static func connectFailures(_ url: String) throws -> [ConnectFailureQuirk] {
    let string = try ConnectionString(url)
    let (user, endpoint) = (string.user ?? "", string.endpoints[0])
    let password = string.password?.withExposed { $0 } ?? ""
    let query = url.split(separator: "?", maxSplits: 1).dropFirst().first.map { "?" + $0 } ?? ""
    func target(
      _ user: String = user, _ password: String = password, at place: String? = nil, database: String = "0"
    ) -> String {
      let host = endpoint.isUnixSocket ? endpoint.host.replacing("/", with: "%2F") : "\(endpoint)"
      return "\(string.scheme)://\(user):\(password)@\(place ?? host)/\(database)\(query)"
    }
    let failures = [
      ConnectFailureQuirk(
        "a wrong password", target: target(user, "HuNtEr2"), code: .authenticationFailed, stage: .authentication),
      ConnectFailureQuirk(
        "an unknown user", target: target("nobody", "HuNtEr2"), code: .authenticationFailed, stage: .authentication),
      ConnectFailureQuirk(
        "an unknown database", target: target(database: "99999"), code: .objectNotFound, stage: .startup),
    ]
    if endpoint.isUnixSocket {
      return failures + [
        ConnectFailureQuirk(
          "a socket that does not exist", target: target(at: "%2Fnonexistent%2Fsocket"), code: .connectionFailed,
          stage: .dial)
      ]
    }
    return failures + [
      ConnectFailureQuirk(
        "a port where nobody listens", target: target(at: "127.0.0.1:1"), code: .connectionFailed, stage: .dial),
      ConnectFailureQuirk(
        "a host that does not exist", target: target(at: "no-such-host.invalid"), code: .connectionFailed,
        stage: .resolve),
    ]
  }

  /// Redis has strings of bytes; what is valid UTF-8 comes back as text.
  private static func storage(_ value: DBValue) -> StorageQuirk {
    switch value {
    case .null, .bool, .array, .document: .refused(type: "string", .invalidParameter)
    case .double(let number) where number.isNaN: .refused(type: "string", .invalidParameter)
    case .decimal(let number) where number.isNaN: .refused(type: "string", .invalidParameter)
    case .double(let number) where number.isInfinite: .becomes(type: "string", .text(number < 0 ? "-inf" : "inf"))
    case .decimal(let number) where !number.isFinite:
      .becomes(type: "string", .text(number == .negativeInfinity ? "-inf" : "inf"))
    case .bytes(let bytes):
      String(validating: bytes.bytes, as: UTF8.self).map { .becomes(type: "string", .text($0)) }
        ?? .exact(type: "string")
    case .text: .exact(type: "string")
    default: .becomes(type: "string", .text(value.description))
    }
  }
}

@Suite(.serialized, .enabled(if: TestServers.canTest(.redis), Comment(rawValue: TestServers.missing(.redis))))
struct RedisConformanceTests {
  @Test(.timeLimit(.minutes(1)), arguments: AdapterConformanceSuite.caseNames)
  func conformsOverTCP(_ name: String) async throws {
    try await AdapterConformanceSuite.run(name, with: try RedisQuirks.quirks(.redis))
  }

  @Test(.timeLimit(.minutes(1)), .requires(.redisTLS), arguments: AdapterConformanceSuite.caseNames)
  func conformsOverTLS(_ name: String) async throws {
    try await AdapterConformanceSuite.run(name, with: try RedisQuirks.quirks(.redisTLS))
  }

  @Test(.timeLimit(.minutes(1)), .requires(.redisSocket), arguments: AdapterConformanceSuite.caseNames)
  func conformsOverAUnixSocket(_ name: String) async throws {
    try await AdapterConformanceSuite.run(name, with: try RedisQuirks.quirks(.redisSocket))
  }
}
