public import DBAdapterCore

/// Keeps events in the platform store, each sealed with the hash of the one before.
///
/// Any number of processes may use one store: each batch of events is one transaction, which waits for those of others. Events that arrive
/// while a batch is being written are the next one.
public final class StoreAuditSink: AuditSink {
  private struct Waiting: Sendable {
    let event: AuditEvent
    let continuation: CheckedContinuation<DBError?, Never>
  }

  private struct Queue: Sendable {
    var waiting: [Waiting] = []
    var isBeingWritten = false
  }

  private let store: PlatformStore
  private let seal: AuditSeal
  private let queue = Locked(Queue())

  private static let mostInBatch = 256

  /// - Parameter key: seals the log. Default: none; then a log that was written anew from some record on looks whole.
  public init(_ store: PlatformStore, key: AuditKey? = nil) {
    self.store = store
    seal = AuditSeal(key: key)
  }

  public func record(_ event: AuditEvent) async throws(DBError) {
    let failure = await withCheckedContinuation { continuation in
      let mustWrite = queue.withLock { queue in
        queue.waiting.append(Waiting(event: event, continuation: continuation))
        defer { queue.isBeingWritten = true }
        return !queue.isBeingWritten
      }
      // A task of its own, which nobody cancels.
      if mustWrite { Task.detached { await self.write() } }
    }
    if let failure { throw failure }
  }

  /// Writes what waits, until nothing does.
  private func write() async {
    while true {
      let batch = queue.withLock { queue in
        let batch = queue.waiting.prefix(Self.mostInBatch)
        queue.waiting.removeFirst(batch.count)
        if batch.isEmpty { queue.isBeingWritten = false }
        return Array(batch)
      }
      if batch.isEmpty { return }
      var failure: DBError?
      do throws(DBError) {
        try await append(batch.map(\.event))
      } catch {
        failure =
          error.code == .auditFailed
          ? error
          : DBError(.auditFailed, "cannot write to the audit in \(store.location): \(error.message)", underlying: error)
      }
      for waiting in batch { waiting.continuation.resume(returning: failure) }
    }
  }

  private func append(_ events: [AuditEvent]) async throws(DBError) {
    let seal = seal
    try await store.withTransaction { session in
      // In PostgreSQL it waits for other transactions, and what is read afterwards is what they left.
      try await session.execute("UPDATE platform_audit_head SET count = count WHERE id = 1")
      var log = try await StoreAuditEnd(session, seal)
      var lines = log.beginning
      for event in events { lines.append(log.add(.event) { event.write(to: &$0) }) }
      try await session.execute(Self.insertion(lines))
      let head = AuditHead(log: log.name, sequence: log.sequence, hash: log.hash).text(seal)
      try await session.execute(
        "UPDATE platform_audit_head SET count = \(log.sequence), last_hash = \(head) WHERE id = 1")
    }
  }

  private static func insertion(_ lines: [AuditLine]) -> QueryRequest {
    var segments: [QueryTemplate.Segment] = [
      .text("INSERT INTO platform_audit (seq, time, body, prev_hash, hash) VALUES ")
    ]
    for (index, line) in lines.enumerated() {
      segments.append(.text(index == 0 ? "(" : ", ("))
      let time = line.document["time"] ?? .text("")
      let body = DBValue.text(String(decoding: line.bytes, as: UTF8.self))
      for value in [.int(line.sequence), time, body, .text(line.previousHash)] {
        segments += [.parameter(value), .text(", ")]
      }
      segments += [.parameter(.text(line.hash)), .text(")")]
    }
    return QueryRequest(.template(QueryTemplate(segments)))
  }
}
