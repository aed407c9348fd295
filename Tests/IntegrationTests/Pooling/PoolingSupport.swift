import DBAdapterCore
import DBAdapterTesting
import Foundation
import PostgresAdapter
import Testing

/// The connection manager on real servers. One test after the other: they watch clocks, servers and this process.
@Suite(.serialized, .requires(.postgres), .requires(.script)) struct PoolingTests {}

/// A manager of a test's own, whose sessions have an application name that no other has.
final class PoolFixture: Sendable {
  /// How much later than promised something may happen, apart from what the machine took.
  static let slack = Duration.milliseconds(250)

  let applicationName = TestServers.uniqueName()
  let events = PoolEvents()
  let manager: ConnectionManager
  /// The server as the test itself looks at it.
  let server: ConnectionString
  /// What sessions are asked for, unless a test says otherwise.
  let target: ConnectionString

  /// - Parameters:
  ///   - url: the server. Default: the one all tests share.
  ///   - proxy: stands between pool and server.
  init(
    _ url: String? = nil, through proxy: FaultProxy? = nil, policy: AccessPolicy = .readWrite,
    _ change: (inout ConnectionManagerConfiguration, inout PoolConfiguration) -> Void = { _, _ in }
  ) throws {
    server = try ConnectionString(url ?? TestServers.require(.postgres))
    target = try ConnectionString(server.text(port: proxy?.port))
    var configuration = ConnectionManagerConfiguration(
      connectTimeout: .seconds(5), applicationName: applicationName)
    var pool = PoolConfiguration()
    change(&configuration, &pool)
    configuration.pool = pool
    manager = ConnectionManager(
      registry: try AdapterRegistry([.postgres]), configuration: configuration, policy: policy, observer: events)
  }

  /// The only pool.
  func pool(_ sourceLocation: Testing.SourceLocation = #_sourceLocation) throws -> PoolSnapshot {
    let pools = manager.snapshot()
    return try #require(pools.count == 1 ? pools[0] : nil, "\(pools)", sourceLocation: sourceLocation)
  }

  /// Borrows so many sessions at once, and gives all of them back when the last one has come.
  func openConnections(
    _ count: Int, to target: ConnectionString? = nil, policy: AccessPolicy? = nil
  ) async throws {
    func borrow(_ count: Int) async throws {
      try await manager.withSession(target ?? self.target, policy: policy) { session in
        _ = try await session.execute("SELECT 1")
        if count > 1 { try await borrow(count - 1) }
      }
    }
    try await borrow(count)
    try await untilQuiet()
  }

  /// Waits until all connections that were given back are reset.
  func untilQuiet(_ sourceLocation: Testing.SourceLocation = #_sourceLocation) async throws {
    try await eventually("sessions are still in use", sourceLocation) {
      manager.snapshot().allSatisfy { $0.active == 0 && $0.closing == 0 }
    }
  }

  /// Asks the server past the manager.
  func look(_ request: QueryRequest) async throws -> QueryResult {
    try await PoolFixture.look(at: server.withUnredacted { $0 }, request)
  }

  static func look(at url: String, _ request: QueryRequest) async throws -> QueryResult {
    try await ConnectionManager.withManager(registry: AdapterRegistry([.postgres]), policy: .administrative) {
      try await $0.withSession(url) { try await $0.execute(request) }
    }
  }

  /// How many sessions of the manager the server has.
  func backends() async throws -> Int64 {
    try await look("SELECT count(*) FROM pg_stat_activity WHERE application_name = \(applicationName)").rows[0]
      .decode(Int64.self, at: 0)
  }

  func untilBackends(_ count: Int64, _ sourceLocation: Testing.SourceLocation = #_sourceLocation) async throws {
    try await eventually("the server has not \(count) sessions", sourceLocation) { try await backends() == count }
  }

  /// Waits until somebody runs a statement.
  func untilItRuns(_ statement: String, times count: Int64 = 1) async throws {
    let question: QueryRequest =
      """
      SELECT count(*) FROM pg_stat_activity
      WHERE application_name = \(applicationName) AND state = 'active' AND query = \(statement)
      """
    try await eventually("the server does not run: \(statement)") { try await look(question).rows[0][0] == .int(count) }
  }

  /// Shuts the manager down, and checks that nothing is left of it: neither here nor on the server.
  func end(_ sourceLocation: Testing.SourceLocation = #_sourceLocation) async throws {
    for pool in manager.snapshot() {
      #expect(pool.waiting == 0 && pool.sessions == 0, "\(pool)", sourceLocation: sourceLocation)
    }
    let (_, time) = await Stopwatch.measure { await manager.shutdown(grace: .seconds(1)) }
    #expect(time.own < Self.slack, "nothing was lent, and it took \(time)", sourceLocation: sourceLocation)
    #expect(manager.snapshot().isEmpty)
    try await untilBackends(0, sourceLocation)
  }
}

extension ConnectionString {
  /// A URL with other parts.
  func text(
    port: UInt16? = nil, user: String? = nil, password: String? = nil, database: String? = nil
  ) -> String {
    let user = user ?? self.user ?? ""
    let password = password ?? self.password?.withExposed { $0 } ?? ""
    let port = port ?? endpoints.first?.port ?? 5_432
    return "postgres://\(user):\(password)@127.0.0.1:\(port)/\(database ?? self.database ?? "")?sslmode=disable"
  }
}

/// Everything that pools said, with the moment.
final class PoolEvents: PoolObserver {
  struct Entry: Sendable {
    let pool: PoolIdentity
    let event: PoolEvent
    let moment: Deadline
    /// The event without its values: `opened`, `closed idle`.
    let name: String
  }

  private struct State {
    var entries: [Entry] = []
    var open: [PoolIdentity: Int] = [:]
    var mostOpen = 0
    var mostPools = 0
  }

  private let state = Locked(State())

  func pool(_ pool: PoolIdentity, _ event: PoolEvent) {
    let entry = Entry(pool: pool, event: event, moment: .now(), name: event.name)
    state.withLock { state in
      state.entries.append(entry)
      switch event {
      case .opened: state.open[pool, default: 0] += 1
      case .closed: state.open[pool, default: 0] -= 1
      default: return
      }
      if state.open[pool] == 0 { state.open[pool] = nil }
      state.mostOpen = max(state.mostOpen, state.open.values.reduce(0, +))
      state.mostPools = max(state.mostPools, state.open.count)
    }
  }

  /// How often an event came.
  subscript(_ name: String) -> Int { state.withLock { $0.entries.count { $0.name == name } } }
  var entries: [Entry] { state.withLock { $0.entries } }
  /// The most connections that were open at once, and the most pools that had one.
  var most: (connections: Int, pools: Int) { state.withLock { ($0.mostOpen, $0.mostPools) } }
}

extension PoolEvent {
  fileprivate var name: String {
    switch self {
    case .closed(let reason): "closed \(reason.rawValue)"
    default: String("\(self)".prefix { $0.isLetter })
    }
  }
}

/// Runs tasks to the end of all of them, and says how each ended.
func allOutcomes(
  _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Void
) async -> [(error: (any Error)?, time: MeasuredTime)] {
  await withTaskGroup(of: ((any Error)?, MeasuredTime).self) { group in
    for number in 0..<count { group.addTask { await outcome { try await body(number) } } }
    return await group.reduce(into: []) { $0.append($1) }
  }
}

extension Array where Element == Duration {
  /// The value below which this share of all values lies.
  func percentile(_ share: Double) -> Duration {
    isEmpty ? .zero : sorted()[Swift.min(count - 1, Int(Double(count) * share))]
  }
}
