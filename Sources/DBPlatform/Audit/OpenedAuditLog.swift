internal import DBAdapterCore

/// A log as it was at one moment, while others may write to it.
struct OpenedAuditLog: Sendable {
  var lines: AuditFileLines
  let files: Int
  /// `nil` when there is none.
  let head: [UInt8]?

  static func open(_ set: AuditFileSet) async throws(DBError) -> OpenedAuditLog {
    try await BlockingThreads.shared.run {
      Result { () throws(DBError) in try openNow(set) }
    }.get()
  }

  private static func openNow(_ set: AuditFileSet) throws(DBError) -> OpenedAuditLog {
    let head = try AuditFileHandle.open(set.head, for: .read)
    // Nobody renames a file or moves the head meanwhile.
    try head?.lock(isShared: true)
    defer { head?.unlock() }
    let paths = try set.fullFiles().map { set.full($0) } + [set.path]
    return OpenedAuditLog(
      lines: try AuditFileLines(paths), files: paths.count, head: try head?.read(AuditHead.size + 1, at: 0))
  }
}
