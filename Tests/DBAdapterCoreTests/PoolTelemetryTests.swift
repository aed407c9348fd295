import Logging
import Metrics
import Testing

@testable import DBAdapterCore

@Suite struct PoolTelemetryTests {
  private let factory = RecordingMetricsFactory()

  private static func identity(
    _ kind: DatabaseKind = .postgres, endpoint: String = "db.example:5433", database: String? = "shop"
  ) -> PoolIdentity {
    PoolIdentity(
      id: "\(kind)-5f0c3a91d2e47b86", kind: kind, endpoint: endpoint, database: database, access: .readOnly,
      preference: .primary)
  }

  /// One of everything that can happen.
  private static let allEvents: [PoolEvent] = [
    .created, .opened(after: .milliseconds(3)), .leased(wait: .milliseconds(4)), .released(held: .milliseconds(5)),
    .dialFailed(failure), .closed(.idle), .leaseTimedOut, .breakerOpened(failure), .breakerClosed,
    .generationRaised(2), .leakSuspected(held: .seconds(90), origin: SourceLocation(file: "App/Shop.swift", line: 7)),
    .evicted, .shutDown,
  ]

  private static let failure: DBError = {
    var server = ServerDiagnostics(sqlState: "28P01")
    server.detail = "detail-with-hunter2"
    return DBError(
      .authenticationFailed, "password authentication failed for user \"hunter2\"", server: server,
      endpoint: "db.example:5433", stage: .authentication)
  }()

  // MARK: Summaries and observer

  @Test func summarisesLeasesAndStatements() {
    let telemetry = PoolTelemetry(Self.identity(), observer: nil)
    for wait in 1...4 { telemetry.record(.leased(wait: .milliseconds(wait))) }
    telemetry.record(.released(held: .seconds(9)))
    telemetry.recordExecution(.milliseconds(20))
    telemetry.recordExecution(.milliseconds(40), failure: .timeout)
    #expect(telemetry.leaseWait.count == 4 && telemetry.leaseWait.maximum == .milliseconds(4))
    #expect(telemetry.leaseWait.average == .microseconds(2_500))
    #expect(telemetry.execution.count == 2 && telemetry.execution.average == .milliseconds(30))
  }

  @Test func theObserverIsToldEverything() {
    final class Observer: PoolObserver {
      let seen = Locked<[String]>([])
      func pool(_ pool: PoolIdentity, _ event: PoolEvent) {
        seen.withLock { $0.append("\(pool.id) \(event)") }
      }
    }
    let observer = Observer()
    let telemetry = PoolTelemetry(Self.identity(), observer: observer)
    for event in Self.allEvents { telemetry.record(event) }
    #expect(observer.seen.withLock { $0 } == Self.allEvents.map { "postgres-5f0c3a91d2e47b86 \($0)" })
  }

  // MARK: Metrics

  @Test func metricsFollowTheSemanticConventions() throws {
    var configuration = PoolConfiguration()
    configuration.maximumConnections = 7
    configuration.minimumConnections = 2
    let telemetry = PoolTelemetry(Self.identity(), configuration: configuration, observer: nil, metrics: factory)
    telemetry.record(.opened(after: .milliseconds(3)))
    telemetry.record(.leased(wait: .milliseconds(4)))
    telemetry.record(.released(held: .milliseconds(5)))
    telemetry.record(.leaseTimedOut)
    telemetry.recordExecution(.milliseconds(6))
    telemetry.recordExecution(.milliseconds(7), failure: .deadlock)
    telemetry.recordExecution(.milliseconds(8), failure: .deadlock)
    telemetry.recordNumbers(active: 3, idle: 1, waiting: 9)

    let prefix = "db.client.connection."
    #expect(factory.values(prefix + "max") == [7] && factory.values(prefix + "idle.min") == [2])
    #expect(factory.values(prefix + "count", ("db.client.connection.state", "used")) == [0, 3])
    #expect(factory.values(prefix + "count", ("db.client.connection.state", "idle")) == [0, 1])
    #expect(factory.values(prefix + "pending_requests") == [0, 9])
    #expect(factory.values(prefix + "timeouts") == [1])
    #expect(factory.values(prefix + "create_time") == [3_000_000])
    #expect(factory.values(prefix + "wait_time") == [4_000_000])
    #expect(factory.values(prefix + "use_time") == [5_000_000])
    #expect(factory.values("db.client.operation.duration", ("error.type", "")) == [6_000_000])
    #expect(factory.values("db.client.operation.duration", ("error.type", "deadlock")) == [7_000_000, 8_000_000])
    for record in factory.records {
      #expect(record.dimensions["db.system.name"] == "postgresql")
      #expect(record.dimensions["db.client.connection.pool.name"] == "postgres-5f0c3a91d2e47b86")
      #expect(record.dimensions["server.address"] == "db.example" && record.dimensions["server.port"] == "5433")
      #expect(record.dimensions["db.namespace"] == "shop")
    }
  }

  @Test(arguments: [
    ("db.example:5433", "db.example", "5433"), ("[::1]:5432", "::1", "5432"), ("db.example", "db.example", ""),
    ("/run/postgresql:5432", "/run/postgresql:5432", ""), ("/var/lib/shop.sqlite", "/var/lib/shop.sqlite", ""),
    ("a:1,b:2", "a:1,b:2", ""), ("memory", "memory", ""), ("", "", ""),
  ])
  func endpointsAreSplit(endpoint: String, address: String, port: String) throws {
    _ = PoolTelemetry(Self.identity(endpoint: endpoint), observer: nil, metrics: factory)
    let dimensions = try #require(factory.records.first).dimensions
    #expect(dimensions["server.address"] == address && dimensions["server.port"] == port)
  }

  @Test func everyPoolHasTheSameDimensions() {
    // A backend for Prometheus stops the process when two metrics of a name have other dimensions.
    for identity in [Self.identity(), Self.identity(.sqlite, endpoint: "/var/lib/shop.sqlite", database: nil)] {
      let telemetry = PoolTelemetry(identity, observer: nil, metrics: factory)
      telemetry.recordExecution(.zero, failure: .timeout)
    }
    let names = Dictionary(grouping: factory.records, by: \.label).mapValues { Set($0.map { Set($0.dimensions.keys) }) }
    #expect(names.count == 9 && names.values.allSatisfy { $0.count == 1 })
  }

  @Test(arguments: [PoolEvent.evicted, .shutDown])
  func metricsEndWithThePool(last: PoolEvent) {
    let telemetry = PoolTelemetry(Self.identity(), observer: nil, metrics: factory)
    telemetry.recordExecution(.zero, failure: .timeout)
    #expect(factory.records.allSatisfy { !$0.isDestroyed })
    telemetry.record(last)
    #expect(factory.records.count == 11 && factory.records.allSatisfy { $0.isDestroyed })
    // What still happens while the pool closes makes no metric anew.
    for event in Self.allEvents { telemetry.record(event) }
    telemetry.recordNumbers(active: 0, idle: 0, waiting: 0)
    telemetry.recordExecution(.zero, failure: .deadlock)
    #expect(factory.records.count == 11)
  }

  // MARK: Log

  @Test func logsWithoutSecrets() {
    let (logger, lines) = RecordingLogHandler.logger()
    let telemetry = PoolTelemetry(Self.identity(), observer: nil, logger: logger)
    for event in Self.allEvents { telemetry.record(event) }
    telemetry.recordExecution(.seconds(1), failure: .timeout)
    #expect(lines.all.count == Self.allEvents.count - 2, "leases and releases are not logged")
    let common = ["pool": "postgres-5f0c3a91d2e47b86", "kind": "postgres", "endpoint": "db.example:5433"]
    for line in lines.all {
      #expect(!line.text.contains("hunter2"), "\(line.text)")
      #expect(line.metadata.merging(common) { $1 } == line.metadata)
    }
    let known = Set(
      ["pool", "kind", "endpoint", "code", "sqlState", "stage", "after", "reason", "generation", "held", "origin"])
    #expect(lines.all.allSatisfy { known.isSuperset(of: $0.metadata.keys) })
  }

  @Test func isQuietAboveDebug() throws {
    let (logger, lines) = RecordingLogHandler.logger()
    let telemetry = PoolTelemetry(Self.identity(), observer: nil, logger: logger)
    for event in Self.allEvents { telemetry.record(event) }
    let loud = lines.all.filter { $0.level > .debug }
    #expect(loud.map(\.level) == [.warning, .info, .info, .warning])
    #expect(loud[0].metadata["code"] == "authenticationFailed" && loud[0].metadata["sqlState"] == "28P01")
    #expect(loud[0].metadata["stage"] == "authentication")
    #expect(loud[3].metadata["origin"] == "App/Shop.swift:7" && loud[3].metadata["held"] == "90 s")
  }
}
