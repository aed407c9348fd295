internal import DBAdapterCore

/// The end of a file: its last whole line, and what stands behind that.
struct AuditLogTail {
  /// `nil` for a file without a whole line.
  let last: AuditLine?
  /// Bytes of a line that was not written to its end.
  let fragment: [UInt8]

  private static let chunk = 65_536

  init(last: AuditLine?, fragment: [UInt8]) {
    self.last = last
    self.fragment = fragment
  }

  /// - Throws: ``DBError/Code-swift.struct/auditFailed`` when the last whole line is none of a log.
  init(of file: AuditFileHandle) throws(DBError) {
    let size = try file.size
    var bytes: [UInt8] = []
    var ends: [Int] = []
    var length = Self.chunk
    // The last two ends of lines are wanted, or the whole file.
    while true {
      let start = max(0, size - length)
      bytes = try file.read(size - start, at: start)
      ends = bytes.indices.reversed().lazy.filter { bytes[$0] == UInt8(ascii: "\n") }.prefix(2).map { $0 }
      if ends.count == 2 || start == 0 { break }
      guard length <= 2 * AuditLine.mostBytes else {
        throw Self.noRecord(at: file.path)
      }
      length *= 4
    }
    guard let end = ends.first else {
      self.init(last: nil, fragment: bytes)
      return
    }
    let start = ends.count == 2 ? ends[1] + 1 : 0
    guard let line = AuditLine(Array(bytes[start..<end])) else {
      throw Self.noRecord(at: file.path)
    }
    self.init(last: line, fragment: Array(bytes[(end + 1)...]))
  }

  static func noRecord(at path: String) -> DBError {
    DBError(.auditFailed, "\(path) does not end with an audit record; verify the log, and begin another")
  }
}
