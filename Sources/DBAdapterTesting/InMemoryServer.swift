public import DBAdapterCore

/// A scripted counterpart for tests of what surrounds an adapter: sessions, guard, audit, transactions.
///
/// It knows no query language and stands in for no real engine: tests of adapters run against real servers.
public final class InMemoryServer: Sendable {
  /// Makes the rows of a statement.
  public typealias Answer = @Sendable (QueryRequest) async throws(DBError) -> RowBatch

  private struct State {
    var calls: [String] = []
    var failures: [String: Failure]
    var held: Set<String> = []
    /// Calls that are held, by the order in which they came.
    var waiting: [UInt64: (call: String, continuation: CheckedContinuation<Void, Never>)] = [:]
    var cancelled: Set<UInt64> = []
    var lastNumber: UInt64 = 0
    var openAdapters = 0
    var mostAdapters = 0
    var isReusable = true
    var needsReset = false
  }

  private struct Failure {
    let error: DBError
    var times: Int
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
    state = Locked(State(failures: failures.mapValues { Failure(error: $0, times: .max) }))
    self.classifications = classifications
    self.poolTraits = poolTraits
    self.answer = answer
  }

  /// Every call the adapters got, in order: `connect`, `execute SELECT 1`, `begin`, `close`.
  public var calls: [String] { state.withLock { $0.calls } }

  /// How many adapters are connected.
  public var openAdapters: Int { state.withLock { $0.openAdapters } }

  /// How many adapters were connected at the same time at most.
  public var mostAdapters: Int { state.withLock { $0.mostAdapters } }

  /// From now on a call fails, or no longer fails.
  /// - Parameter times: how often, before it succeeds again. Default: for ever.
  public func fail(_ call: String, with error: DBError?, times: Int = .max) {
    state.withLock { $0.failures[call] = error.map { Failure(error: $0, times: times) } }
  }

  /// From now on a call waits where it is until ``letGo(_:)``, or until its task is cancelled; then it fails with
  /// ``DBError/Code-swift.struct/cancelled``.
  public func hold(_ call: String) { state.withLock { _ = $0.held.insert(call) } }

  /// Lets the calls that are held go on, and holds no more of them.
  public func letGo(_ call: String) {
    let continuations = state.withLock { state in
      state.held.remove(call)
      let numbers = state.waiting.filter { $0.value.call == call }.keys.sorted()
      return numbers.compactMap { state.waiting.removeValue(forKey: $0)?.continuation }
    }
    for continuation in continuations { continuation.resume() }
  }

  /// How many calls are held just now.
  public func countHeld(_ call: String) -> Int { state.withLock { $0.waiting.values.count { $0.call == call } } }

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
    try await enter("execute", request.statement.textWithoutValues)
    return try await answer(request)
  }

  func enter(_ call: String, _ subject: String? = nil) async throws(DBError) {
    let isHeld = state.withLock { state in
      state.calls.append(subject.map { "\(call) \($0)" } ?? call)
      return state.held.contains(call)
    }
    if isHeld { try await wait(call) }
    let failure = state.withLock { state -> DBError? in
      guard let failure = state.failures[call], failure.times > 0 else { return nil }
      state.failures[call]?.times -= 1
      return failure.error
    }
    if let failure { throw failure }
  }

  private func wait(_ call: String) async throws(DBError) {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let goesOn = state.withLock { state in
          if state.cancelled.contains(number) || !state.held.contains(call) { return true }
          state.waiting[number] = (call, continuation)
          return false
        }
        if goesOn { continuation.resume() }
      }
    } onCancel: {
      let waiting = state.withLock { state in
        state.cancelled.insert(number)
        return state.waiting.removeValue(forKey: number)
      }
      waiting?.continuation.resume()
    }
    if Task.isCancelled { throw DBError(.cancelled, "the task was cancelled") }
  }

  func opened(_ change: Int) {
    state.withLock { state in
      state.openAdapters += change
      state.mostAdapters = max(state.mostAdapters, state.openAdapters)
    }
  }
}

struct InMemoryConnector: AdapterConnector {
  let configuration: ConnectionConfiguration
  let server: InMemoryServer

  var poolTraits: PoolTraits { server.poolTraits }
  func makeAdapter() throws(DBError) -> any IDBAdapter { InMemoryAdapter(server) }
  func shutdown() async { try? await server.enter("shutdown") }
}
