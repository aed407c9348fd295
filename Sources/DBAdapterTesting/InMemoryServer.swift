public import DBAdapterCore

/// A scripted counterpart for tests of what surrounds an adapter: sessions, guard, audit, transactions.
///
/// It knows no query language and stands in for no real engine: tests of adapters run against real servers.
public final class InMemoryServer: Sendable {
  /// Makes the rows of a statement.
  public typealias Answer = @Sendable (QueryRequest) async throws(DBError) -> RowBatch

  private struct State {
    var calls: [String] = []
    var failures: [String: DBError]
    var openAdapters = 0
    var isReusable = true
    var needsReset = false
  }

  private let state: Locked<State>
  private let answer: Answer
  private let classifications: [String: StatementClassification]
  fileprivate let poolTraits: PoolTraits

  /// - Parameters:
  ///   - poolTraits: how its connections are pooled. Default: one session, one connection.
  ///   - failures: what a call fails with, by its name: `connect`, `begin`, `commit`, `rollback`, `ping`, `nextBatch`.
  ///   - classifications: what a statement is taken for, by its text. Default: a read.
  ///   - answer: the rows of each statement. Default: none.
  public init(
    failures: [String: DBError] = [:], classifications: [String: StatementClassification] = [:],
    poolTraits: PoolTraits = PoolTraits(),
    answer: @escaping Answer = { _ in .empty() }
  ) {
    state = Locked(State(failures: failures))
    self.classifications = classifications
    self.poolTraits = poolTraits
    self.answer = answer
  }

  /// Every call the adapters got, in order: `connect`, `execute SELECT 1`, `begin`, `close`.
  public var calls: [String] { state.withLock { $0.calls } }

  /// How many adapters are connected.
  public var openAdapters: Int { state.withLock { $0.openAdapters } }

  /// From now on a call fails, or no longer fails.
  public func fail(_ call: String, with error: DBError?) { state.withLock { $0.failures[call] = error } }

  /// Whether sessions may be lent again after their lease. Default: `true`.
  public var isReusable: Bool {
    get { state.withLock { $0.isReusable } }
    set { state.withLock { $0.isReusable = newValue } }
  }

  /// Whether sessions are reset after their lease. Default: `false`.
  public var needsReset: Bool {
    get { state.withLock { $0.needsReset } }
    set { state.withLock { $0.needsReset = newValue } }
  }

  /// A registry that knows this server only, under `memory:`.
  public var registry: AdapterRegistry {
    get throws(DBError) {
      try AdapterRegistry([
        AdapterRegistration(
          InMemoryAdapter.descriptor,
          connector: { [self] configuration in InMemoryConnector(configuration: configuration, server: self) },
          splitScript: { text throws(DBError) in throw DBError(.unsupported, "this server has no scripts") })
      ])
    }
  }

  func classify(_ request: QueryRequest) -> StatementClassification {
    classifications[request.statement.textWithoutValues] ?? StatementClassification(.read, summary: "READ")
  }

  func rows(of request: QueryRequest) async throws(DBError) -> RowBatch {
    try enter("execute", request.statement.textWithoutValues)
    return try await answer(request)
  }

  func enter(_ call: String, _ subject: String? = nil) throws(DBError) {
    let failure = state.withLock { state in
      state.calls.append(subject.map { "\(call) \($0)" } ?? call)
      return state.failures[call]
    }
    if let failure { throw failure }
  }

  func opened(_ change: Int) { state.withLock { $0.openAdapters += change } }
}

struct InMemoryConnector: AdapterConnector {
  let configuration: ConnectionConfiguration
  let server: InMemoryServer

  var poolTraits: PoolTraits { server.poolTraits }
  func makeAdapter() throws(DBError) -> any IDBAdapter { InMemoryAdapter(server) }
  func shutdown() async { try? server.enter("shutdown") }
}
