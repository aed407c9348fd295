public import DBAdapterCore

/// Keeps events in a file, one JSON object a line, each sealed with the hash of the one before.
///
/// Any number of processes may append to the same file. What may change something, and the beginning of it, is on the disk before
/// ``record(_:)`` returns; events that arrive meanwhile share the next write. Beside the file stands `FILE.head`, which says where it ends.
/// A line that a killed process or a full disk left unfinished stays as it is, and the next record says that it is one.
public final class JSONLinesAuditSink: AuditSink {
  private struct Waiting: Sendable {
    let event: AuditEvent
    let continuation: CheckedContinuation<DBError?, Never>
  }

  private struct Queue: Sendable {
    var waiting: [Waiting] = []
    var isBeingWritten = false
  }

  private let queue = Locked(Queue())
  private let log: Locked<AuditLogFile>
  private let writer: WorkerThread

  /// Opens the log, and makes it with mode 0600 where there is none. Blocks until that is done.
  /// - Parameters:
  ///   - path: of the file that is written to.
  ///   - key: seals the log. Default: none; then a log that was written anew from some record on looks whole.
  ///   - rotationSize: from so many bytes on the file becomes `path.1`, `path.2` and so on, and a new one goes on. Default: never.
  /// - Throws: ``DBError/Code-swift.struct/auditFailed`` when the file cannot be written, others may use it, it is no audit log, or it is
  ///   sealed in another way.
  public init(path: String, key: AuditKey? = nil, rotationSize: Int? = nil) throws(DBError) {
    var file = AuditLogFile(AuditFileSet(path: path), AuditSeal(key: key), rotationSize: rotationSize)
    try file.open()
    log = Locked(file)
    writer = try WorkerThread(name: "bosdb-audit")
  }

  deinit { writer.stop() }

  public func record(_ event: AuditEvent) async throws(DBError) {
    let failure = await withCheckedContinuation { continuation in
      let mustWrite = queue.withLock { queue in
        queue.waiting.append(Waiting(event: event, continuation: continuation))
        defer { queue.isBeingWritten = true }
        return !queue.isBeingWritten
      }
      if mustWrite { writer.submit { self.write() } }
    }
    if let failure { throw failure }
  }

  /// Writes what waits, until nothing does.
  private func write() {
    while true {
      let batch = queue.withLock { queue in
        defer { queue.waiting = [] }
        if queue.waiting.isEmpty { queue.isBeingWritten = false }
        return queue.waiting
      }
      if batch.isEmpty { return }
      var failure: DBError?
      do throws(DBError) {
        try log.withLock { (log) throws(DBError) in try log.append(batch.map(\.event)) }
      } catch {
        failure = error
      }
      for waiting in batch { waiting.continuation.resume(returning: failure) }
    }
  }
}
