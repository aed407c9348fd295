import DBAdapterCore
import DBAdapterTesting
import SQLiteAdapter
import Testing

/// SQLite as the conformance suite has to know it.
enum SQLiteQuirks {
  static func quirks(_ fixture: SQLiteFixture) throws -> AdapterQuirks {
    var quirks = AdapterQuirks(
      name: "SQLite", registry: try AdapterRegistry([.sqlite]),
      target: try ConnectionString("sqlite:" + fixture.path() + "?mode=rwc"),
      capabilities: [
        .rowStreaming, .transactions, .savepoints, .pipelining, .atomicPipelines, .serverEnforcedReadOnly,
        .cancellation,
        .transactionalDDL,
        .explain, .schemas,
      ],
      series: { count in
        "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < \(count)) SELECT n FROM s"
      },
      endless: "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s) SELECT max(n) FROM s")
    quirks.placeholder = { "?\($0)" }
    // A cast to a numeric type would change what is bound; a value keeps its own class without one.
    quirks.cast = { expression, _ in expression }
    quirks.storage = storage
    quirks.emptyColumnName = "SELECT 1 AS \"\", 2 AS x"
    quirks.invalidText = ("CAST(x'61ff' AS TEXT)", nil)
    quirks.failingExpression = ("abs(-9223372036854775807 - 1)", .dataInvalid)
    quirks.parametersAreTyped = false
    quirks.failureAbortsTransaction = false
    quirks.connectFailures = [
      ConnectFailureQuirk(
        "a missing file", target: "sqlite:" + fixture.path("missing.db"), code: .connectionFailed, stage: .dial),
      ConnectFailureQuirk("a directory", target: "sqlite:" + fixture.directory, code: .connectionFailed, stage: .dial),
      ConnectFailureQuirk(
        "a missing directory", target: "sqlite:" + fixture.path("no/such.db") + "?mode=rwc", code: .connectionFailed,
        stage: .dial),
    ]
    return quirks
  }

  /// SQLite has five storage classes (sqlite.org/datatype3.html); everything else is kept as text.
  private static func storage(_ value: DBValue) -> StorageQuirk {
    switch value {
    case .null: .exact(type: "TEXT")
    case .bool(let bool): .becomes(type: "BOOLEAN", .int(bool ? 1 : 0))
    case .int: .exact(type: "INTEGER")
    case .uint(let number):
      Int64(exactly: number).map { .becomes(type: "INTEGER", .int($0)) } ?? .refused(type: "INTEGER", .invalidParameter)
    case .double(let number): number.isNaN ? .refused(type: "BLOB", .invalidParameter) : .exact(type: "BLOB")
    case .decimal, .uuid, .date, .time, .timestamp, .interval, .json:
      .becomes(type: "TEXT", .text(value.description))
    case .text: .exact(type: "TEXT")
    case .bytes: .exact(type: "BLOB")
    case .array, .document: .refused(type: "TEXT", .invalidParameter)
    case .native: .exact(type: "TEXT")
    }
  }
}

@Suite(.serialized)
struct SQLiteConformanceTests {
  @Test(.timeLimit(.minutes(1)), arguments: AdapterConformanceSuite.caseNames)
  func conforms(_ name: String) async throws {
    let fixture = try SQLiteFixture()
    try await AdapterConformanceSuite.run(name, with: try SQLiteQuirks.quirks(fixture))
  }

  @Test func itsCapabilityTableIsWhatItSays() async throws {
    let fixture = try SQLiteFixture()
    let quirks = try SQLiteQuirks.quirks(fixture)
    let table = await AdapterConformanceSuite.capabilityTable(for: [quirks])
    for name in AdapterCapabilities.allNames {
      guard let works = table.works(name, "SQLite") else { continue }
      #expect(works == quirks.capabilities.names.contains(name), "\(name)")
    }
    #expect(table.description.hasPrefix("| capability | SQLite |"))
  }
}
