import DBAdapterTesting
import Testing

@testable import DBAdapterCore

/// A server whose answers wait until the test lets them go.
private final class GatedServer: Sendable {
  private struct State {
    var questions = 0
    var cancelled = 0
    var isOpen = true
    var failure: DBError?
    var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var lastNumber: UInt64 = 0
  }

  private let state = Locked(State())

  var questions: Int { state.withLock { $0.questions } }
  var cancelled: Int { state.withLock { $0.cancelled } }
  var waiting: Int { state.withLock { $0.waiting.count } }

  func fail(with error: DBError?) { state.withLock { $0.failure = error } }
  func close() { state.withLock { $0.isOpen = false } }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [:] }
      return state.waiting
    }
    for continuation in waiting.values { continuation.resume() }
  }

  /// How often it was asked, once it may answer.
  @Sendable func answer() async throws(DBError) -> Listing<SchemaInfo> {
    let (number, question) = state.withLock { state in
      state.questions += 1
      state.lastNumber += 1
      return (state.lastNumber, state.questions)
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOpen = state.withLock { state in
          if !state.isOpen, !Task.isCancelled { state.waiting[number] = continuation }
          return state.waiting[number] == nil
        }
        if isOpen { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
    }
    if Task.isCancelled {
      state.withLock { $0.cancelled += 1 }
      throw DBError(.cancelled, "the read was cancelled")
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
    return Listing([SchemaInfo(name: "answer \(question)")])
  }
}

@Suite(.timeLimit(.minutes(1))) struct SchemaCacheStoreTests {
  private typealias Answer = Inspected<Listing<SchemaInfo>>

  private let time = ManualTimeSource()
  private let server = GatedServer()
  private let store: SchemaCacheStore<String>

  init() { store = SchemaCacheStore(SchemaCacheConfiguration(), time: time) }

  private func ask(
    _ freshness: SchemaFreshness = .cached, pool: String = "a", _ options: ListOptions = ListOptions()
  ) async throws(DBError) -> Answer {
    try await store.inspected(pool, .schemas(options), freshness, read: server.answer)
  }

  private func name(_ answer: Answer) -> String? { answer.value.items.first?.name }

  /// Waits, without sleeping, for what other tasks are about to bring about.
  private func until(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
  }

  @Test func asksOnceWithinTheTimeToLive() async throws {
    let first = try await ask()
    #expect(name(first) == "answer 1" && !first.isFromCache && !first.isStale && first.age == .zero)
    time.advance(by: .seconds(59))
    let second = try await ask()
    #expect(name(second) == "answer 1" && second.isFromCache && !second.isStale && second.age == .seconds(59))
    #expect(second.readAt == first.readAt)
    time.advance(by: .seconds(1))
    let third = try await ask()
    #expect(name(third) == "answer 2" && !third.isFromCache)
    #expect(try await name(ask(pool: "b")) == "answer 3", "another pool's answer")
  }

  @Test func freshAsksTheServerAndKeepsTheAnswer() async throws {
    _ = try await ask()
    #expect(try await name(ask(.fresh)) == "answer 2")
    #expect(try await name(ask(.cached)) == "answer 2")
  }

  @Test(arguments: [
    DBError(.connectionFailed, "refused"), DBError(.timeout, "too slow", stage: .dial),
    DBError(.leaseTimeout, "none free"),
  ])
  func staleAnswersStandInForAnOutage(outage: DBError) async throws {
    let first = try await ask()
    time.advance(by: .seconds(600))
    server.fail(with: outage)
    let stale = try await ask(.staleOnOutage)
    #expect(stale.isStale && stale.isFromCache && stale.age == .seconds(600) && stale.readAt == first.readAt)
    #expect(name(stale) == "answer 1")
    for freshness in [SchemaFreshness.cached, .fresh] {
      await #expect { _ = try await ask(freshness) } throws: { ($0 as? DBError)?.code == outage.code }
    }
    // Still known, and no longer needed once the server answers again.
    server.fail(with: nil)
    let fresh = try await ask(.staleOnOutage)
    #expect(!fresh.isStale && !fresh.isFromCache)
  }

  @Test func nothingIsInvented() async throws {
    server.fail(with: DBError(.connectionFailed, "the server's reason"))
    await #expect { _ = try await ask(.staleOnOutage) } throws: { ($0 as? DBError)?.message == "the server's reason" }
    server.fail(with: nil)
    _ = try await ask()
    server.fail(with: DBError(.connectionFailed, "the server's reason"))
    time.advance(by: .seconds(3_600))
    await #expect(throws: DBError.self) { _ = try await ask(.staleOnOutage) }
  }

  @Test func answersOfTheServerAreNoOutage() async throws {
    _ = try await ask()
    time.advance(by: .seconds(60))
    for code in [DBError.Code.permissionDenied, .authenticationFailed, .objectNotFound, .timeout] {
      server.fail(with: DBError(code, "no"))
      await #expect { _ = try await ask(.staleOnOutage) } throws: { ($0 as? DBError)?.code == code }
    }
  }

  @Test func errorsAreNotKept() async throws {
    server.fail(with: DBError(.connectionFailed, "refused"))
    await #expect(throws: DBError.self) { _ = try await ask() }
    server.fail(with: nil)
    #expect(try await name(ask()) == "answer 2")
  }

  // MARK: Readings under way

  @Test func manyAskOnce() async throws {
    server.close()
    let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
      for _ in 0..<20 { group.addTask { try await ask() } }
      await until { store.waiting == 20 }
      server.open()
      return try await group.reduce(into: [Answer]()) { $0.append($1) }
    }
    #expect(server.questions == 1 && answers.allSatisfy { name($0) == "answer 1" && !$0.isFromCache })
    #expect(store.waiting == 0 && store.size.entries == 1)
  }

  @Test func everybodyGetsTheError() async {
    server.close()
    server.fail(with: DBError(.permissionDenied, "no"))
    let failures = await withTaskGroup(of: DBError.Code?.self) { group in
      for _ in 0..<5 {
        group.addTask {
          do throws(DBError) {
            _ = try await ask()
            return nil
          } catch {
            return error.code
          }
        }
      }
      await until { store.waiting == 5 }
      server.open()
      return await group.reduce(into: [DBError.Code?]()) { $0.append($1) }
    }
    #expect(failures == Array(repeating: .permissionDenied, count: 5) && server.questions == 1)
  }

  @Test func aCancelledAskerLeavesTheOthersAlone() async throws {
    server.close()
    // The first asks the server, the second joins it.
    let first = Task { try await ask() }
    await until { store.waiting == 1 }
    let second = Task { try await ask() }
    await until { store.waiting == 2 }
    first.cancel()
    await #expect { _ = try await first.value } throws: { ($0 as? DBError)?.code == .cancelled }
    #expect(server.cancelled == 0)
    server.open()
    #expect(try await name(second.value) == "answer 1")
  }

  @Test func theLastToLeaveCancelsTheReading() async throws {
    server.close()
    let askers = (0..<3).map { _ in Task { try await ask() } }
    await until { store.waiting == 3 && server.waiting == 1 }
    for asker in askers { asker.cancel() }
    for asker in askers {
      await #expect { _ = try await asker.value } throws: { ($0 as? DBError)?.code == .cancelled }
    }
    await until { server.cancelled == 1 && store.waiting == 0 }
    server.open()
    #expect(try await name(ask()) == "answer 2")
  }

  @Test func aCancelledTaskAsksNothingForLong() async {
    server.close()
    let asker = Task { try await ask() }
    asker.cancel()
    await #expect { _ = try await asker.value } throws: { ($0 as? DBError)?.code == .cancelled }
    await until { store.waiting == 0 }
  }

  @Test func freshDoesNotJoinWhatBeganBefore() async throws {
    server.close()
    let before = Task { try await ask() }
    await until { server.waiting == 1 }
    let fresh = Task { try await ask(.fresh) }
    await until { server.waiting == 2 }
    // Who comes later joins the newer reading.
    let after = Task { try await ask() }
    await until { store.waiting == 2 }
    server.open()
    #expect(try await name(before.value) == "answer 1")
    #expect(try await name(fresh.value) == "answer 2")
    #expect(try await name(after.value) == "answer 2")
    #expect(try await name(ask()) == "answer 2", "the older answer replaced the newer one")
  }

  @Test func askersWithOtherLimitsDoNotShareTheirFate() async throws {
    server.close()
    let hasty = Task { try await ask(.cached, ListOptions(timeout: .seconds(1))) }
    await until { server.waiting == 1 }
    let patient = Task { try await ask() }
    await until { server.waiting == 2 }
    server.open()
    _ = try await (hasty.value, patient.value)
    #expect(store.size.entries == 1, "both are answers to one question")
  }

  @Test func ageCountsFromTheQuestion() async throws {
    server.close()
    let asking = Task { try await ask() }
    await until { server.waiting == 1 }
    time.advance(by: .seconds(20))
    server.open()
    #expect(try await asking.value.age == .seconds(20))
    time.advance(by: .seconds(40))
    #expect(try await !ask().isFromCache)
  }

  // MARK: Invalidation

  @Test func invalidationForgets() async throws {
    func fill() async throws {
      for pool in ["a", "b"] {
        _ = try await ask(pool: pool)
        for schema in ["shop", "crm"] {
          _ = try await store.inspected(pool, .tables(schema: schema, ListOptions()), .cached, read: server.answer)
        }
      }
      #expect(store.size.entries == 6)
    }
    try await fill()
    store.invalidate(pool: "a", table: TableReference(schema: "shop", name: "orders"))
    #expect(store.size.entries == 5)
    try await fill()
    store.invalidate(pool: "a", schema: "shop")
    #expect(store.size.entries == 4)
    try await fill()
    store.invalidate(pool: "a")
    #expect(store.size.entries == 3)
    store.invalidateAll()
    #expect(store.size.entries == 0 && store.size.weight == 0)
    // What is known to be wrong does not stand in for an outage either.
    server.fail(with: DBError(.connectionFailed, "refused"))
    await #expect(throws: DBError.self) { _ = try await ask(.staleOnOutage) }
  }

  @Test(arguments: [true, false])
  func invalidationConcernsReadingsUnderWay(all: Bool) async throws {
    server.close()
    let before = Task { try await ask() }
    await until { server.waiting == 1 }
    if all { store.invalidateAll() } else { store.invalidate(pool: "a") }
    let after = Task { try await ask() }
    await until { server.waiting == 2 }
    server.open()
    #expect(try await name(before.value) == "answer 1")
    #expect(try await name(after.value) == "answer 2")
    #expect(try await name(ask()) == "answer 2")
  }
}
