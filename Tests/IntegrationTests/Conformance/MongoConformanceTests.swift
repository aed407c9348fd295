import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

enum MongoQuirks {
  static func quirks(_ server: TestServer) throws -> AdapterQuirks {
    let url = try TestServers.require(server)
    var quirks = AdapterQuirks(
      name: "MongoDB", registry: try AdapterRegistry([.mongodb]), target: try ConnectionString(url),
      capabilities: MongoAdapter.descriptor.capabilities, dialect: MongoDialect())
    quirks.storage = storage
    quirks.connectFailures = try connectFailures(url)
    quirks.parametersAreTyped = false
    quirks.namesColumns = false
    quirks.takesParameters = false
    quirks.missingTableIsEmpty = true
    // All of them are MongoDB's snapshot isolation; it has no more.
    quirks.isolationLevels = [.readUncommitted, .readCommitted, .repeatableRead]
    // Every linearizable read writes an entry that does nothing into the server's log; no session of MongoDB can be told to write nothing.
    quirks.sneakyWrite = SneakyWriteQuirk(
      setup: [], statement: #"{"find": "bosdb_nothing", "readConcern": {"level": "linearizable"}}"#, cleanup: [])
    return quirks
  }

  private static func connectFailures(_ url: String) throws -> [ConnectFailureQuirk] {
    let string = try ConnectionString(url)
    let (user, endpoint) = (string.user ?? "", string.endpoints[0])
    let password = string.password?.withExposed { $0 } ?? ""
    let query = url.split(separator: "?", maxSplits: 1).dropFirst().first.map { "?" + $0 } ?? ""
    func target(_ user: String = user, _ password: String = password, at place: String? = nil) -> String {
      let host = endpoint.isUnixSocket ? endpoint.host.replacing("/", with: "%2F") : "\(endpoint)"
      return "\(string.scheme)://\(user):\(password)@\(place ?? host)/bosdb_test\(query)"
    }
    let failures = [
      ConnectFailureQuirk(
        "a wrong password", target: target(user, "HuNtEr2"), code: .authenticationFailed, stage: .authentication),
      ConnectFailureQuirk(
        "an unknown user", target: target("nobody", "HuNtEr2"), code: .authenticationFailed, stage: .authentication),
    ]
    if endpoint.isUnixSocket {
      return failures + [
        ConnectFailureQuirk(
          "a socket that does not exist", target: target(at: "%2Fnonexistent%2Fmongodb.sock"), code: .connectionFailed,
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

  /// BSON has documents, lists, dates to the millisecond and decimals of 34 digits.
  private static func storage(_ value: DBValue) -> StorageQuirk {
    switch value {
    case .uint(let number): .becomes(type: "number", Int64(exactly: number).map { .int($0) } ?? exactly(number))
    case .decimal(let decimal): storage(decimal)
    // After the last microsecond that 64 bits can count.
    case .date(let date) where "\(date)" == "+5874897-12-31": native("date", "185331706992000000")
    case .timestamp(let timestamp) where "\(timestamp)".hasPrefix("+294276"): .refused(type: "date", .invalidParameter)
    case .date(let date):
      becomes(date: DBTimestamp("\(date)T00:00:00", hasZone: true), isFinite: date.isFinite)
    case .timestamp(let timestamp): storage(timestamp)
    case .time, .interval: .becomes(type: "string", .text(value.description))
    case .json(let json): .becomes(type: "document", documents[json.text] ?? .null)
    case .array(let array): .becomes(type: "array", .array(DBArray(array.elements)))
    default: .exact(type: "any")
    }
  }

  private static func exactly(_ number: UInt64) -> DBValue { DBDecimal("\(number)").map { .decimal($0) } ?? .null }

  private static func storage(_ decimal: DBDecimal) -> StorageQuirk {
    let text = decimal.description
    // Numbers of a thousand zeros keep their exponent, and have no other form.
    switch text.utf8.count {
    case 1_001 where text.hasSuffix("000"): return native("decimal", "1.\(String(repeating: "0", count: 33))E+1000")
    case 1_002 where text.hasSuffix("001"): return native("decimal", "1E-1000")
    default: break
    }
    let digits = text.filter(\.isNumber).drop { $0 == "0" }
    if !decimal.isFinite || digits.count <= 34 { return .exact(type: "decimal") }
    return .refused(type: "decimal", .invalidParameter)
  }

  private static func native(_ type: String, _ text: String) -> StorageQuirk {
    .becomes(type: type, .native(DBNative(typeName: type, text: text)))
  }

  private static func storage(_ timestamp: DBTimestamp) -> StorageQuirk {
    let text = timestamp.description
    guard timestamp.isFinite else { return .refused(type: "date", .invalidParameter) }
    let local = text.hasSuffix("Z") ? String(text.dropLast()) : text
    let parts = local.split(separator: ".", maxSplits: 1)
    let milliseconds = parts.count > 1 ? "." + parts[1].prefix(3) : ""
    return becomes(date: DBTimestamp("\(parts[0])\(milliseconds)", hasZone: true), isFinite: true)
  }

  private static func becomes(date: DBTimestamp?, isFinite: Bool) -> StorageQuirk {
    guard isFinite, let date else { return .refused(type: "date", .invalidParameter) }
    return .becomes(type: "date", .timestamp(date))
  }

  /// What the suite's JSON texts are as values.
  private static let documents: [String: DBValue] = [
    "null": .null, "[]": [], "\"é😀\"": "é😀", "[1, [2, {\"x\": null}]]": [1, [2, .document(["x": .null])]],
    "{ \"b\" : 1.10,\"a\":1e1, \"a\":2 }": .document(
      DBDocument([
        DBDocument.Field("b", 1.1), DBDocument.Field("a", 10.0), DBDocument.Field("a", 2),
      ])),
  ]
}

@Suite(.serialized, .requires(.mongoDB))
struct MongoConformanceTests {
  @Test(.timeLimit(.minutes(1)), arguments: AdapterConformanceSuite.caseNames)
  func conformsOverTCP(_ name: String) async throws {
    try await AdapterConformanceSuite.run(name, with: try MongoQuirks.quirks(.mongoDB))
  }

  @Test(.timeLimit(.minutes(1)), .requires(.mongoDBTLS), arguments: AdapterConformanceSuite.caseNames)
  func conformsOverTLS(_ name: String) async throws {
    try await AdapterConformanceSuite.run(name, with: try MongoQuirks.quirks(.mongoDBTLS))
  }

  @Test(.timeLimit(.minutes(1)), .requires(.mongoDBSocket), arguments: AdapterConformanceSuite.caseNames)
  func conformsOverAUnixSocket(_ name: String) async throws {
    try await AdapterConformanceSuite.run(name, with: try MongoQuirks.quirks(.mongoDBSocket))
  }
}
