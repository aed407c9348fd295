import DBAdapterCore
import Testing

@testable import RedisAdapter

/// What writers under faults were told about each element they pushed to a list, and whether it was the truth.
final class ClusterLedger: Sendable {
  enum Fate: Sendable {
    /// The server said that it is there; with how many replicas having it, when they were waited for.
    case acknowledged(replicas: Int)
    /// Nothing happened, by the error's own word.
    case refused
    /// It may be there.
    case unknown
  }

  private struct State {
    /// By list and element.
    var fates: [String: [Int: Fate]] = [:]
    var errors: [String: Int] = [:]
    var late: [String] = []
    var isOver = false
  }

  private let state = Locked(State())
  /// How long one call may take.
  private let limit: Duration

  init(limit: Duration = .seconds(2)) { self.limit = limit }

  var acknowledged: Int { count { if case .acknowledged = $0 { true } else { false } } }
  var confirmed: Int { count { if case .acknowledged(let replicas) = $0 { replicas > 0 } else { false } } }
  var unknown: Int { count { if case .unknown = $0 { true } else { false } } }
  var refused: Int { count { if case .refused = $0 { true } else { false } } }

  private func count(_ isCounted: (Fate) -> Bool) -> Int {
    state.withLock { state in state.fates.values.reduce(0) { $0 + $1.values.count(where: isCounted) } }
  }

  /// What went on, for a failing test to print.
  var summary: String {
    let errors = state.withLock { $0.errors }.sorted { $0.key < $1.key }.map { "\($0.value) x \($0.key)" }
    return
      "\(acknowledged) acknowledged (\(confirmed) by a replica), \(refused) refused, \(unknown) unknown; errors: \(errors)"
  }

  /// Pushes numbers to lists with some writers for as long as `body` runs.
  /// - Parameters:
  ///   - lists: the beginnings of the lists' names; each writer has lists of its own.
  ///   - replicas: how many replicas are waited for after each write. Default: none.
  func write(
    to target: any RedisCommanding, _ lists: [String], writers: Int = 8, waitingFor replicas: Int = 0,
    while body: () async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<writers {
        group.addTask { await self.write(to: target, lists.map { "\($0):\(writer)" }, replicas) }
      }
      do {
        try await body()
      } catch {
        state.withLock { $0.isOver = true }
        throw error
      }
      state.withLock { $0.isOver = true }
      try await group.waitForAll()
    }
  }

  private func write(to target: any RedisCommanding, _ lists: [String], _ replicas: Int) async {
    var number = 0
    while !state.withLock({ $0.isOver }) {
      number += 1
      let list = lists[number % lists.count]
      var commands = [RedisCommand("RPUSH", list, "\(number)")]
      if replicas > 0 { commands.append(RedisCommand("WAIT", "\(replicas)", "100")) }
      let start = Deadline.now()
      let fate: Fate
      do throws(DBError) {
        let replies = try await target.send(commands, until: Deadline(after: limit))
        if replies[0].kind == .error {
          fate = .refused
          note(RedisErrors.error(replies[0]))
        } else {
          fate = .acknowledged(replicas: replies.count > 1 ? Int(replies[1].integer ?? 0) : 0)
        }
      } catch {
        fate = error.retry == .safe ? .refused : .unknown
        note(error)
      }
      let time = start.elapsed()
      state.withLock { state in
        state.fates[list, default: [:]][number] = fate
        if time > limit + .seconds(1) { state.late.append("\(time) for \(list) \(number)") }
      }
      if case .acknowledged = fate { continue }
      try? await Task.sleep(for: .milliseconds(5))
    }
  }

  private func note(_ error: DBError) {
    let name = "\(error.code)/\(error.server?.nativeName ?? "-")/\(error.retry.rawValue)"
    state.withLock { $0.errors[name, default: 0] += 1 }
  }

  /// Reads all lists and holds them against what was told.
  /// - Parameter promising: whether an element with this fate has to be there.
  func verify(
    through target: any RedisCommanding, promising: (Fate) -> Bool,
    _ location: Testing.SourceLocation = #_sourceLocation
  ) async throws {
    let (fates, late) = state.withLock { ($0.fates, $0.late) }
    #expect(late.isEmpty, "calls that took longer than their deadline", sourceLocation: location)
    var lost: [String] = []
    var untrue: [String] = []
    var repeated: [String] = []
    for (list, fates) in fates {
      let reply = try await target.send(RedisCommand("LRANGE", list, "0", "-1"), until: Deadline(after: .seconds(10)))
      let numbers = reply.elements.compactMap { $0.integer.map { Int($0) } }
      let present = Set(numbers)
      if present.count != numbers.count { repeated.append(list) }
      #expect(numbers == numbers.sorted(), "\(list) is out of order", sourceLocation: location)
      for (number, fate) in fates {
        if promising(fate), !present.contains(number) { lost.append("\(list) \(number)") }
        if case .refused = fate, present.contains(number) { untrue.append("\(list) \(number)") }
      }
      #expect(present.isSubset(of: fates.keys), sourceLocation: location)
    }
    #expect(lost.isEmpty, "writes that were promised and are lost", sourceLocation: location)
    #expect(untrue.isEmpty, "errors that said nothing had happened", sourceLocation: location)
    #expect(repeated.isEmpty, "writes that were carried out twice", sourceLocation: location)
  }
}
