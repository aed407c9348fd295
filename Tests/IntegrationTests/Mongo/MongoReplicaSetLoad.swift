import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

/// Writers, transactions and a reader of changes that work on a replica set whatever happens to it, and what they were told.
final class MongoReplicaSetLoad: Sendable {
  private struct State {
    var isOver = false
    var lastWrite = Deadline.now()
    /// The longest time without a write.
    var pause = Duration.zero
    var slowest = Duration.zero
    var changes: [String] = []
    var errors: [String: Int] = [:]
  }

  static let accounts = 8
  static let balance = 1_000

  let place: MongoPlace
  let writes = WriteLedger()
  let transfers = WriteLedger()
  private let state = Locked(State())
  private var transferred: String { place.collection + "_transfers" }
  private var accounts: String { place.collection + "_accounts" }
  /// How long one write may take.
  private static let limit = Duration.seconds(5)

  init(_ url: String) throws {
    place = try MongoPlace(url: url, parameters: "w=majority", policy: .administrative)
  }

  var changes: [String] { state.withLock { $0.changes } }
  var errors: [String: Int] { state.withLock { $0.errors } }
  var slowest: Duration { state.withLock { $0.slowest } }

  /// Runs everything while a closure does something to the servers.
  func run(_ body: () async throws -> Void) async throws {
    try await place.session { session in
      for name in [place.collection, transferred, accounts] {
        _ = try await session.execute(QueryRequest(.document(["create": .text(name)])))
      }
      try await session.insert(
        (0..<Self.accounts).map { ["_id": .int32(Int32($0)), "n": .int64(Int64(Self.balance))] }, into: accounts)
    }
    let isWatching = Locked(false)
    let watcher = Task { try await self.watch { isWatching.withLock { $0 = true } } }
    try await eventually("nobody watches") { isWatching.withLock { $0 } }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<24 { group.addTask { await self.write(writer) } }
      for number in 0..<4 { group.addTask { await self.transfer(number) } }
      let result = await outcome(body)
      state.withLock { $0.isOver = true }
      try await group.waitForAll()
      if let error = result.error { throw error }
    }
    // What was left alone may still be done by the thread that nobody waits for.
    try await Task.sleep(for: .seconds(1))
    try await place.session { session in
      _ = try await session.execute(place.command("insert", ["documents": [.document(["_id": "end"])]]))
    }
    try await watcher.value
  }

  private var isOver: Bool { state.withLock { $0.isOver } }

  private func write(_ writer: Int) async {
    var step = 0
    while !isOver {
      step += 1
      let (id, watch) = ("\(writer)-\(step)", Stopwatch())
      await writes.write(id) {
        do {
          let insert = place.command("insert", ["documents": [.document(["_id": .text(id)])]])
          try await place.session { _ = try await $0.execute(insert.timeout(Self.limit)) }
          state.withLock { state in
            state.pause = max(state.pause, state.lastWrite.elapsed())
            state.lastWrite = .now()
          }
        } catch let error as DBError {
          note(error)
          throw error
        }
      }
      let time = watch.time.own
      state.withLock { $0.slowest = max($0.slowest, time) }
    }
  }

  private func transfer(_ number: Int) async {
    var step = 0
    while !isOver {
      step += 1
      let id = "\(number)-\(step)"
      await transfers.write(id) {
        do {
          try await place.session { session in
            try await session.withRetriedTransaction(within: .seconds(15)) { try await self.transfer(id, $0) }
          }
        } catch let error as TransactionError where error.outcome == .unknown {
          throw DBError(.connectionLost, "\(error)", retry: .ifIdempotent)
        }
      }
    }
  }

  private func transfer(_ id: String, _ session: DatabaseSession) async throws {
    let from = Int32.random(in: 0..<Int32(Self.accounts))
    let to = (from + Int32.random(in: 1..<Int32(Self.accounts))) % Int32(Self.accounts)
    let amount = Int64.random(in: 1...10)
    try await session.bulkWrite(
      [
        MongoWrite(.updateOne(filter: ["_id": .int32(from)], change: ["$inc": ["n": .int64(-amount)]])),
        MongoWrite(.updateOne(filter: ["_id": .int32(to)], change: ["$inc": ["n": .int64(amount)]])),
      ], to: accounts)
    try await session.insert([["_id": .string(id)]], into: transferred)
  }

  private func watch(_ began: @escaping @Sendable () -> Void) async throws {
    var options = MongoChangeOptions()
    options.wait = .milliseconds(200)
    try await place.session { session in
      try await session.withChanges(of: .collection(place.collection), options) { changes in
        began()
        for try await change in changes {
          guard case .string(let id)? = change.key?["_id"] else { return }
          if id == "end" { return }
          state.withLock { $0.changes.append(id) }
        }
      }
    }
  }

  private func note(_ error: DBError) {
    let name = "\(error.code)/\(error.server?.nativeName ?? "-")/\(error.retry.rawValue)"
    state.withLock { $0.errors[name, default: 0] += 1 }
  }

  /// Does something to the servers, and waits until writes flow again.
  /// - Returns: the longest time without a write.
  func pause(_ blow: () async throws -> Void) async throws -> Duration {
    try await eventually("only few writes", within: .seconds(10)) { self.writes.acknowledged > 200 }
    state.withLock { state in
      state.pause = .zero
      state.lastWrite = .now()
    }
    try await blow()
    let (before, transfersBefore) = (writes.acknowledged, transfers.acknowledged)
    try await eventually("writes do not flow again", within: .seconds(20)) {
      self.writes.acknowledged > before + 300 && self.transfers.acknowledged > transfersBefore + 5
    }
    return state.withLock { $0.pause }
  }

  /// Holds what is stored against what was told.
  func verify() async throws {
    let (stored, transferred, sum) = try await place.session { session in
      let find = QueryRequest(.document(["find": .text(self.transferred)]))
      let accounts = try await session.execute(QueryRequest(.document(["find": .text(self.accounts)])))
      return (
        try await session.execute(place.command("find")).rows.map { try $0.decode(String.self, at: "_id") },
        try await session.execute(find).rows.map { try $0.decode(String.self, at: "_id") },
        try accounts.rows.map { try $0.decode(Int.self, at: "n") }.reduce(0, +)
      )
    }
    writes.check(stored.filter { $0 != "end" })
    transfers.check(transferred)
    #expect(sum == Self.accounts * Self.balance)
    let changes = changes
    #expect(changes.count == Set(changes).count, "changes were told twice")
    let wrong = Set(changes).symmetricDifference(stored).subtracting(["end"]).sorted().prefix(9)
    #expect(wrong.isEmpty, "told and not there, or there and not told")
    // A writer's next write begins when the last was acknowledged; only one that he gave up may be late.
    var last: [Substring: Int] = [:]
    for change in changes where writes.isAcknowledged(change) {
      let parts = change.split(separator: "-")
      let step = Int(parts[1]) ?? 0
      #expect(last[parts[0], default: 0] < step, "\(change) was told after \(last[parts[0]] ?? 0)")
      last[parts[0]] = step
    }
  }
}
