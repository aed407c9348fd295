public import DBAdapterCore

/// An audit log to look things up in. Nothing is verified: see ``AuditVerification``.
public struct AuditLog: Sendable {
  private let path: String

  /// The log that is written to `path`, with the files it was continued from.
  public init(path: String) { self.path = path }

  /// Calls `body` with the records that are wanted, oldest first, in constant memory.
  /// - Throws: ``DBError/Code-swift.struct/objectNotFound`` when there is no such log, ``DBError/Code-swift.struct/auditFailed`` when it cannot be
  ///   read, and whatever `body` throws. Lines that are no records are passed over.
  public func read(_ query: AuditQuery = AuditQuery(), _ body: (AuditRecord) async throws -> Void) async throws {
    var lines = try await OpenedAuditLog.open(AuditFileSet(path: path)).lines
    try await Self.read(&lines, query, body)
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
    var records: [AuditRecord] = []
    try await read(query) { record in
      records.append(record)
      if records.count >= 2 * count + Self.slack { records.removeFirst(records.count - count) }
    }
    return records.suffix(count)
  }

  /// How many records too many are kept before they are dropped together.
  private static let slack = 64
}
