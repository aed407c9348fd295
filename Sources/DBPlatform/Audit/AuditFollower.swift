internal import DBAdapterCore

/// The records that are added to a log, as they are added.
struct AuditFollower {
  private var path: String
  private var file: AuditFileHandle?
  private var offset = 0
  private var rest: [UInt8] = []

  init(path: String) { self.path = path }

  /// The whole lines that were added since it was asked last; at first all of the file that is written to. Blocks.
  mutating func read() throws(DBError) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    while true {
      if file == nil {
        file = try AuditFileHandle.open(path, for: .read)
        (offset, rest) = (0, [])
      }
      guard let file else { return lines }
      // Whether it was continued in another file is looked at first: what was written before that is still read.
      let isCurrent = file.isCurrent
      while true {
        let bytes = try file.read(65_536, at: offset)
        if bytes.isEmpty { break }
        offset += bytes.count
        rest += bytes
        let parts = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        lines += parts.dropLast().map { Array($0) }
        rest = Array(parts.last ?? [])
      }
      if isCurrent { return lines }
      self.file = nil
    }
  }
}
