internal import DBAdapterCore

/// An audit log to look things up in. Nothing is verified: see ``AuditVerification``.
public struct AuditLog: Sendable {
  private enum Origin {
    case file(String)
    case store(PlatformStore)
  }

  private let origin: Origin

  /// The log that is written to `path`, with the files it was continued from.
  public init(path: String) { origin = .file(path) }

  /// The log in a platform store.
  public init(_ store: PlatformStore) { origin = .store(store) }

  /// Calls `body` with the records that are wanted, oldest first, in constant memory.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when there is no such log, ``DBError/Code-swift.struct/auditFailed`` when it cannot be
  ///   read, and whatever `body` throws. Lines that are no records are passed over.
  public func read(_ query: AuditQuery = AuditQuery(), _ body: (AuditRecord) async throws -> Void) async throws {
    switch origin {
    case .file(let path):
      var lines = try await OpenedAuditLog.open(AuditFileSet(path: path)).lines
      try await Self.read(&lines, query, body)
    case .store(let store):
      var lines = StoreAuditLines(store)
      try await Self.read(&lines, query, body)
    }
  }

  static func read(
    _ lines: inout some AuditLineSource, _ query: AuditQuery, _ body: (AuditRecord) async throws -> Void
  ) async throws {
    var unfinished: [String: AuditRecord] = [:]
    while let line = try await lines.next() {
      guard line.isWhole, let record = AuditLine(line.bytes).flatMap(AuditRecord.init) else { continue }
      if query.isUnfinished {
        unfinished[record.requestID] = record.outcome == .began && query.matches(record) ? record : nil
      } else if query.matches(record) {
        try await body(record)
      }
    }
    for record in unfinished.values.sorted(by: { $0.sequence < $1.sequence }) { try await body(record) }
  }

  /// The last records that are wanted, oldest first.
  public func last(_ count: Int, _ query: AuditQuery = AuditQuery()) async throws -> [AuditRecord] {
    guard count > 0 else { return [] }
    let count = min(count, Self.most)
    var records: [AuditRecord] = []
    try await read(query) { record in
      records.append(record)
      if records.count >= 2 * count + Self.slack { records.removeFirst(records.count - count) }
    }
    return records.suffix(count)
  }

  /// How many records too many are kept before they are dropped together.
  private static let slack = 64
  /// More are no end of a log any more.
  private static let most = 1_000_000

  /// Calls `body` with the records behind one that are wanted, and with those that are added, until the task is cancelled.
  /// - Parameters:
  ///   - sequence: the number of the record before the first. Records of a full file that were not read yet are passed over.
  ///   - pause: between two looks. Default: a quarter of a second.
  /// - Throws: `CancellationError`, what reading throws, and whatever `body` throws.
  public func follow(
    after sequence: Int64, _ query: AuditQuery = AuditQuery(), pause: Duration = .milliseconds(250),
    _ body: (AuditRecord) async throws -> Void
  ) async throws {
    var last = sequence
    var follower: AuditFollower?
    if case .file(let path) = origin { follower = AuditFollower(path: path) }
    while true {
      var lines: [[UInt8]] = []
      switch origin {
      case .file:
        guard let current = follower else { return }
        (follower, lines) = try await BlockingThreads.shared.run {
          Result { () throws(DBError) in
            var next = current
            let lines = try next.read()
            return (next, lines)
          }
        }.get()
      case .store(let store):
        var source = StoreAuditLines(store, after: last)
        while let line = try await source.next() { lines.append(line.bytes) }
      }
      for bytes in lines {
        guard let line = AuditLine(bytes), line.sequence > last else { continue }
        last = line.sequence
        guard let record = AuditRecord(line), query.matches(record) else { continue }
        try await body(record)
      }
      try await Task.sleep(for: pause)
    }
  }
}
