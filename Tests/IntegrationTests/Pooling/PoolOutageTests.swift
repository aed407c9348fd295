import DBAdapterCore
import DBAdapterTesting
import Foundation
import Testing

extension PoolingTests {
  /// 500 tasks write on ten connections, and in the middle the server is killed and comes back.
  @Test(.timeLimit(.minutes(3))) func tasksSurviveTheirServersCrash() async throws {
    let seconds = ProcessInfo.processInfo.environment["BOSDB_TEST_OUTAGE_SECONDS"].flatMap { Int64($0) } ?? 30
    try await withThrowawayPostgres { server in
      _ = try await PoolFixture.look(at: server.url, "CREATE TABLE work (id bigint NOT NULL)")
      _ = try await PoolFixture.look(at: server.url, "CREATE INDEX ON work (id)")
      _ = try await PoolFixture.look(at: server.url, "ALTER ROLE bosdb SET synchronous_commit = on")
      let fixture = try PoolFixture(server.url)
      let begin = Deadline.now()
      let load = OutageLoad(fixture.manager, fixture.target, until: begin + .seconds(seconds))
      let tasks = (0..<500).map { worker in Task { await load.work(Int64(worker)) } }
      func wait(until share: Double) async throws {
        try await Task.sleep(for: begin.remaining(to: begin + .seconds(seconds) * share))
      }

      try await wait(until: 0.4)
      let before = (descriptors: ProcessTable.descriptors, threads: ProcessTable.threads)
      #expect(load.ledger.acknowledged.count > 500, "hardly anything was written before the crash")
      let crash = Deadline.now()
      server.crash()
      try await Task.sleep(for: .seconds(3))
      let restart = Deadline.now()
      let probe = Task {
        while (try? await PoolFixture.look(at: server.url, "SELECT 1")) == nil {
          try await Task.sleep(for: .milliseconds(10))
        }
        return Deadline.now()
      }
      let again = try await server.startAgain()
      let accepting = try await probe.value
      #expect(again.url == server.url)
      let ended = Locked(0)
      for task in tasks {
        Task {
          await task.value
          ended.withLock { $0 += 1 }
        }
      }
      try await wait(until: 1)
      try await eventually("tasks hang", within: .seconds(15)) { ended.withLock { $0 } == tasks.count }

      let ledger = load.ledger
      ledger.checkErrors(crash: crash, restart: restart)
      let healed = accepting.elapsed(to: ledger.firstSuccess(after: accepting))
      #expect(healed < .seconds(2), "healed \(healed) after the server let somebody in again")
      try await ledger.check(against: fixture)
      try await fixture.untilQuiet()
      let pool = try fixture.pool()
      #expect(pool.waiting == 0 && pool.sessions == 0 && pool.dialling == 0, "\(pool)")
      #expect(pool.health == .up && pool.total <= 10 && pool.counters.timedOutLeases == 0, "\(pool)")
      #expect(fixture.events["breakerOpened"] > 0 && fixture.events["breakerClosed"] > 0)
      try await fixture.untilBackends(Int64(pool.total))
      let after = (descriptors: ProcessTable.descriptors, threads: ProcessTable.threads)
      #expect(after.descriptors <= before.descriptors + 8, "descriptors: \(before) before, \(after) after")
      #expect(after.threads <= before.threads + 12, "threads: \(before) before, \(after) after")
      print(
        "outage: \(ledger.acknowledged.count) writes acknowledged, \(ledger.unknown.count) unknown,",
        "\(ledger.refused.count) refused; healed after \(healed);",
        "descriptors and threads \(before) before, \(after) after; \(pool.counters)")
      try await fixture.end()
    }
  }
}

extension Deadline {
  fileprivate func remaining(to moment: Deadline) -> Duration { max(Deadline.now().elapsed(to: moment), .zero) }
}

/// What became of every row.
private struct OutageLedger: Sendable {
  struct Failure: Sendable {
    let began: Deadline
    let time: MeasuredTime
    let error: any Error
  }

  var acknowledged: Set<Int64> = []
  var unknown: Set<Int64> = []
  var refused: Set<Int64> = []
  var failures: [Failure] = []
  var successes: [Deadline] = []

  mutating func note(_ ids: ClosedRange<Int64>, _ error: (any Error)?, _ began: Deadline, _ time: MeasuredTime) {
    guard let error else {
      acknowledged.formUnion(ids)
      return successes.append(.now())
    }
    if Self.isOutcomeUnknown(error) { unknown.formUnion(ids) } else { refused.formUnion(ids) }
    if !(error is OutageLoad.Undo) { failures.append(Failure(began: began, time: time, error: error)) }
  }

  private static func isOutcomeUnknown(_ error: any Error) -> Bool {
    switch error {
    case let error as DBError: error.retry == .ifIdempotent
    case let error as TransactionError: error.outcome == .unknown
    default: false
    }
  }

  func firstSuccess(after moment: Deadline) -> Deadline { successes.filter { $0 > moment }.min() ?? .never }

  /// Errors say what happened; and once the server is clearly down nobody waits for it.
  func checkErrors(crash: Deadline, restart: Deadline) {
    let codes: Set<DBError.Code> = [.connectionLost, .serverShuttingDown, .connectionFailed, .cancelled]
    for failure in failures {
      let error =
        failure.error as? DBError ?? (failure.error as? TransactionError).flatMap { $0.commitError ?? $0.rollbackError }
      guard let error else {
        Issue.record("not an error of ours: \(failure.error)")
        continue
      }
      #expect(codes.contains(error.code), "\(error.debugDescription)")
      if error.code == .connectionFailed {
        #expect(error.stage != nil && error.pool != nil, "\(error.debugDescription)")
      }
      if failure.began < crash, failure.began + failure.time.total < crash {
        #expect(error.code == .cancelled, "before the crash: \(error.debugDescription)")
      }
    }
    let down = failures.filter { $0.began > crash + .seconds(1) && $0.began < restart }.map(\.time.own)
    #expect(down.count > 500, "only \(down.count) callers failed while the server was down")
    #expect(down.percentile(0.95) < .milliseconds(250), "95 % failed within \(down.percentile(0.95))")
    #expect(down.percentile(1) < .seconds(1) + PoolFixture.slack, "the slowest failed after \(down.percentile(1))")
    print("outage: \(down.count) callers failed, half within \(down.percentile(0.5)), all in \(down.percentile(1))")
  }

  /// Every acknowledged row is there once, and none that was refused.
  func check(against fixture: PoolFixture) async throws {
    var found: [Int64: Int64] = [:]
    for row in try await fixture.look("SELECT id, count(*) FROM work GROUP BY id").rows {
      found[try row.decode(Int64.self, at: 0)] = try row.decode(Int64.self, at: 1)
    }
    let stored = Set(found.keys)
    #expect(acknowledged.subtracting(stored).isEmpty, "lost: \(acknowledged.subtracting(stored).sorted().prefix(20))")
    #expect(found.values.allSatisfy { $0 == 1 }, "written twice: \(found.filter { $0.value != 1 }.prefix(20))")
    let ghosts = stored.subtracting(acknowledged).subtracting(unknown)
    #expect(ghosts.isEmpty, "refused, and there all the same: \(ghosts.sorted().prefix(20))")
  }
}

/// Tasks that write in every way a manager offers.
private final class OutageLoad: Sendable {
  struct Undo: Error {}

  private let manager: ConnectionManager
  private let target: ConnectionString
  private let end: Deadline
  private let state = Locked(OutageLedger())

  init(_ manager: ConnectionManager, _ target: ConnectionString, until end: Deadline) {
    self.manager = manager
    self.target = target
    self.end = end
  }

  var ledger: OutageLedger { state.withLock { $0 } }

  func work(_ worker: Int64) async {
    var next = worker * 1_000_000
    while !end.hasPassed {
      let ids = next...(next + 2)
      next += 3
      let (began, watch) = (Deadline.now(), Stopwatch())
      let failure: (any Error)?
      do {
        try await write(ids)
        failure = nil
      } catch {
        failure = error
      }
      state.withLock { $0.note(ids, failure, began, watch.time) }
      // Whoever is refused at once would otherwise ask again at once.
      if failure != nil { try? await Task.sleep(for: .milliseconds(100)) }
    }
  }

  private func write(_ ids: ClosedRange<Int64>) async throws {
    let insert: QueryRequest = "INSERT INTO work SELECT generate_series(\(ids.lowerBound)::bigint, \(ids.upperBound))"
    switch Int.random(in: 0..<100) {
    case 0..<35: _ = try await manager.execute(insert, on: target)
    case 35..<60: try await manager.withSession(target) { _ = try await $0.execute(insert) }
    case 60..<80:
      try await manager.withSession(target) { session in
        try await session.withTransaction { transaction in
          for id in ids { _ = try await transaction.execute("INSERT INTO work VALUES (\(id))") }
        }
      }
    case 80..<85:
      try await manager.withSession(target) { session in
        try await session.withTransaction { transaction in
          _ = try await transaction.execute(insert)
          throw Undo()
        }
      }
    case 85..<92:
      var repeatable: QueryRequest =
        """
        INSERT INTO work SELECT id FROM generate_series(\(ids.lowerBound)::bigint, \(ids.upperBound)) id
        WHERE NOT EXISTS (SELECT FROM work WHERE work.id = id.id)
        """
      repeatable.isIdempotent = true
      _ = try await manager.execute(repeatable, on: target)
    default: try await cancelled(ids)
    }
  }

  /// Cancelled while it waits for a session, while it runs, or too late.
  private func cancelled(_ ids: ClosedRange<Int64>) async throws {
    let task = Task { [manager, target] in
      let slow: QueryRequest =
        """
        INSERT INTO work SELECT generate_series(\(ids.lowerBound)::bigint, \(ids.upperBound)) FROM pg_sleep(0.02)
        """
      return try await manager.execute(slow, on: target)
    }
    let canceller = Task {
      try await Task.sleep(for: .milliseconds(.random(in: 0..<400)))
      task.cancel()
    }
    defer { canceller.cancel() }
    _ = try await task.value
  }
}
