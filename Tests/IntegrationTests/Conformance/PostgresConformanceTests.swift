import DBAdapterCore
import DBAdapterTesting
import PostgresAdapter
import Testing

/// PostgreSQL as the conformance suite has to know it.
enum PostgresQuirks {
  static var quirks: AdapterQuirks {
    get throws {
      let url = try TestServers.require(.postgres)
      var quirks = AdapterQuirks(
        name: "PostgreSQL", registry: try AdapterRegistry([.postgres]), target: try ConnectionString(url),
        capabilities: [
          .rowStreaming, .transactions, .savepoints, .pipelining, .atomicPipelines, .serverEnforcedReadOnly,
          .cancellation, .bulkCopy,
          .transactionalDDL, .explain, .explainAnalyze, .schemas, .serverNotices,
        ],
        series: { "SELECT generate_series(1::bigint, \($0)) AS n" }, endless: "SELECT pg_sleep(600)")
      quirks.cast = { "\($0)::\($1)" }
      quirks.storage = storage
      quirks.connectFailures = try connectFailures(url)
      quirks.zeroColumns = "SELECT FROM generate_series(1, 3)"
      quirks.invalidText = ("convert_from('\\xff'::bytea, 'UTF8')", .dataInvalid)
      quirks.failingExpression = ("1 / (random() * 0)::bigint", .dataInvalid)
      quirks.isolationLevels = [.readUncommitted, .readCommitted, .repeatableRead, .serializable]
      let sequence = TestServers.uniqueName()
      quirks.sneakyWrite = SneakyWriteQuirk(
        setup: [
          "CREATE SEQUENCE \(sequence)",
          "CREATE FUNCTION \(sequence)_f() RETURNS bigint LANGUAGE sql AS $$SELECT setval('\(sequence)', 7)$$",
        ], statement: "SELECT \(sequence)_f()",
        cleanup: ["DROP FUNCTION \(sequence)_f", "DROP SEQUENCE \(sequence)"])
      return quirks
    }
  }

  private static func connectFailures(_ url: String) throws -> [ConnectFailureQuirk] {
    let string = try ConnectionString(url)
    let (user, endpoint) = (string.user ?? "", string.endpoints[0])
    let password = string.password?.withExposed { $0 } ?? ""
    return [
      ConnectFailureQuirk(
        "a wrong password", target: "postgres://\(user):HuNtEr2@\(endpoint)/\(string.database ?? "")",
        code: .authenticationFailed, stage: .authentication),
      ConnectFailureQuirk(
        "an unknown user", target: "postgres://nobody_\(user):HuNtEr2@\(endpoint)/\(string.database ?? "")",
        code: .authenticationFailed, stage: .authentication),
      ConnectFailureQuirk(
        "an unknown database", target: "postgres://\(user):\(password)@\(endpoint)/no_such_database",
        code: .objectNotFound, stage: .startup),
      ConnectFailureQuirk(
        "a port where nobody listens", target: "postgres://\(user):\(password)@127.0.0.1:1/x", code: .connectionFailed,
        stage: .dial),
      ConnectFailureQuirk(
        "a host that does not exist", target: "postgres://\(user):\(password)@no-such-host.invalid/x",
        code: .connectionFailed, stage: .resolve),
    ]
  }

  private static func storage(_ value: DBValue) -> StorageQuirk {
    switch value {
    case .null: .exact(type: "text")
    case .bool: .exact(type: "boolean")
    case .int: .exact(type: "bigint")
    case .uint(let number): .becomes(type: "numeric", .decimal(DBDecimal(number)))
    case .double: .exact(type: "double precision")
    case .decimal: .exact(type: "numeric")
    case .text(let text): text.utf8.contains(0) ? .refused(type: "text", .invalidParameter) : .exact(type: "text")
    case .bytes: .exact(type: "bytea")
    case .uuid: .exact(type: "uuid")
    case .date: .exact(type: "date")
    case .time(let time): .exact(type: time.utcOffsetSeconds == nil ? "time" : "timetz")
    case .timestamp(let moment): .exact(type: moment.hasZone ? "timestamptz" : "timestamp")
    case .interval: .exact(type: "interval")
    case .json: .exact(type: "json")
    case .array(let array): .exact(type: element(array) + "[]")
    case .document, .native: .exact(type: "text")
    }
  }

  private static func element(_ array: DBArray) -> String {
    switch array.elements.first {
    case .text: "text"
    case .array(let inner): element(inner)
    default: "bigint"
    }
  }
}

@Suite(.serialized, .enabled(if: TestServers.canTest(.postgres), Comment(rawValue: TestServers.missing(.postgres))))
struct PostgresConformanceTests {
  @Test(.timeLimit(.minutes(1)), arguments: AdapterConformanceSuite.caseNames)
  func conforms(_ name: String) async throws {
    try await AdapterConformanceSuite.run(name, with: try PostgresQuirks.quirks)
  }
}
