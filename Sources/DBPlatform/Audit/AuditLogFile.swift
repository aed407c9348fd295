internal import DBAdapterCore

/// Appends to a log that other processes append to as well. Its calls block; one thread at a time makes them.
///
/// The head's file is the lock. Under it the log's end is found again where somebody else has written, the new lines are appended, and the
/// head is moved.
struct AuditLogFile {
  private let files: AuditFileSet
  private let seal: AuditSeal
  private let rotationSize: Int?
  private var head: AuditFileHandle?
  private var log: AuditFileHandle?
  /// Where the log ended when it was last written to; `nil` when it has to be looked for.
  private var end: End?

  private struct End {
    var log: String
    var sequence: Int64
    var hash: String
    var size: Int

    init(log: String, sequence: Int64 = 0, hash: String = AuditLine.noHash, size: Int = 0) {
      self.log = log
      self.sequence = sequence
      self.hash = hash
      self.size = size
    }
  }

  init(_ files: AuditFileSet, _ seal: AuditSeal, rotationSize: Int?) {
    self.files = files
    self.seal = seal
    self.rotationSize = rotationSize
  }

  /// Opens the log, and makes its files where there are none. Nothing is written yet: that may fail, and be possible later.
  /// - Throws: ``DBError/Code-swift.struct/auditFailed`` when the files cannot be used, are no log, or were sealed in another way.
  mutating func open() throws(DBError) {
    let head = try lockHead()
    defer { head.unlock() }
    guard let log = try AuditFileHandle.open(files.path, for: .append) else {
      throw DBError(.auditFailed, "cannot open \(files.path)")
    }
    if try AuditLogTail(of: log).last != nil { _ = try identity(of: log) }
    self.log = log
  }

  /// Appends events in their order. When it throws some of them may be in the log all the same, and the next call finds out.
  mutating func append(_ events: [AuditEvent]) throws(DBError) {
    let head = try lockHead()
    defer { head.unlock() }
    do throws(DBError) {
      var (log, end) = try currentEnd(head)
      if let rotationSize, end.size >= rotationSize, !events.isEmpty { (log, end) = try rotate(after: end) }
      var bytes: [UInt8] = []
      for event in events { Self.add(.event, to: &bytes, &end, seal) { event.write(to: &$0) } }
      try write(bytes, to: log, &end, head, isDurable: events.contains(where: \.isDurable))
      self.end = end
    } catch {
      end = nil
      throw error
    }
  }

  private mutating func lockHead() throws(DBError) -> AuditFileHandle {
    while true {
      if head == nil { head = try AuditFileHandle.open(files.head, for: .head) }
      guard let handle = head else { throw DBError(.auditFailed, "cannot open \(files.head)") }
      try handle.lock()
      if handle.isCurrent { return handle }
      handle.unlock()
      head = nil
      end = nil
    }
  }

  /// The log and where it ends, which is where it ended last unless another process has written since.
  private mutating func currentEnd(_ head: AuditFileHandle) throws(DBError) -> (AuditFileHandle, End) {
    if let log, let end, log.isCurrent, try log.size == end.size { return (log, end) }
    guard let log = try AuditFileHandle.open(files.path, for: .append) else {
      throw DBError(.auditFailed, "cannot open \(files.path)")
    }
    self.log = log
    return (log, try findEnd(of: log, head))
  }

  private func findEnd(of log: AuditFileHandle, _ head: AuditFileHandle) throws(DBError) -> End {
    let headBytes = try head.read(AuditHead.size + 1, at: 0)
    let tail = try AuditLogTail(of: log)
    if let last = tail.last {
      let name = try identity(of: log)
      guard last.isSealed(by: seal) else { throw AuditLogTail.noRecord(at: log.path) }
      var end = End(log: name, sequence: last.sequence, hash: last.hash, size: try log.size)
      guard let line = AuditLine(tail.fragment), line.previousHash == end.hash, line.isSealed(by: seal) else {
        return try recover(end, beginning: false, tail.fragment, headBytes, log, head)
      }
      // Only the end of the line is missing.
      try log.append([UInt8(ascii: "\n")])
      end = End(log: name, sequence: line.sequence, hash: line.hash, size: try log.size)
      return try recover(end, beginning: false, [], headBytes, log, head)
    }
    guard let number = try files.fullFiles().last,
      let full = try AuditFileHandle.open(files.full(number), for: .read)
    else { return try recover(nil, beginning: true, tail.fragment, headBytes, log, head) }
    // A process ended between the renaming of the full file and the first line of the new one.
    let end = try AuditLogTail(of: full)
    guard let last = end.last, end.fragment.isEmpty, last.isSealed(by: seal) else {
      throw AuditLogTail.noRecord(at: full.path)
    }
    return try recover(
      End(log: try identity(of: full), sequence: last.sequence, hash: last.hash), beginning: true, tail.fragment,
      headBytes, log, head)
  }

  /// Goes on where the log ends. Behind a line that was not written to its end, and behind an end that was cut off, the log says so.
  /// - Parameters:
  ///   - found: the last whole line; `nil` when there is none.
  ///   - beginning: whether the file has no first line yet.
  ///   - fragment: what stands behind the last whole line.
  private func recover(
    _ found: End?, beginning: Bool, _ fragment: [UInt8], _ headBytes: [UInt8], _ log: AuditFileHandle,
    _ headFile: AuditFileHandle
  ) throws(DBError) -> End {
    var head = AuditHead(headBytes, seal)
    if found == nil, headBytes.isEmpty {
      // Before the first line, so that a log without a head is never whole; and while there is room for it.
      let first = AuditHead(log: DBUUID.random().description, sequence: 0, hash: AuditLine.noHash)
      try headFile.overwrite(first.bytes(seal))
      try headFile.flush()
      head = first
    }
    var end = found ?? End(log: head?.log ?? DBUUID.random().description)
    var bytes: [UInt8] = []
    if !fragment.isEmpty {
      bytes.append(UInt8(ascii: "\n"))
      Self.add(.torn, to: &bytes, &end, seal) { fields in
        fields.member("time", DBTimestamp.now().description)
        fields.member("bytes", fragment.count)
        fields.member("digest", AuditSeal.digest(of: fragment))
      }
    }
    if beginning { Self.addLog(to: &bytes, &end, seal) }
    let lastSequence = found?.sequence ?? 0
    if head.map({ $0.sequence > lastSequence || $0.log != end.log }) ?? true {
      Self.add(.cut, to: &bytes, &end, seal) { AuditHead.describe(head, to: &$0) }
    }
    end.size = try log.size
    let size = end.size
    do throws(DBError) {
      try write(bytes, to: log, &end, headFile, isDurable: true)
    } catch {
      // Half a word of what was torn before could not be told from it the next time.
      log.cut(to: size)
      throw error
    }
    return end
  }

  private mutating func rotate(after last: End) throws(DBError) -> (AuditFileHandle, End) {
    try files.rotate()
    guard let log = try AuditFileHandle.open(files.path, for: .append), let head else {
      throw DBError(.auditFailed, "cannot open \(files.path)")
    }
    self.log = log
    var end = End(log: last.log, sequence: last.sequence, hash: last.hash)
    var bytes: [UInt8] = []
    Self.addLog(to: &bytes, &end, seal)
    try write(bytes, to: log, &end, head, isDurable: true)
    return (log, end)
  }

  private func write(
    _ bytes: [UInt8], to log: AuditFileHandle, _ end: inout End, _ head: AuditFileHandle, isDurable: Bool
  ) throws(DBError) {
    if bytes.isEmpty { return }
    try log.append(bytes)
    if isDurable { try log.flush() }
    end.size += bytes.count
    // Behind the log: a head may be late, and is never early.
    try head.overwrite(AuditHead(log: end.log, sequence: end.sequence, hash: end.hash).bytes(seal))
  }

  /// The name a file's first line gives its log.
  /// - Throws: ``DBError/Code-swift.struct/auditFailed`` when it was sealed in another way.
  private func identity(of file: AuditFileHandle) throws(DBError) -> String {
    // Before the first line may stand one that was not written to its end, and the word of it.
    let beginning = try file.read(4_096, at: 0).split(separator: UInt8(ascii: "\n"), maxSplits: 3)
    guard let line = beginning.prefix(3).lazy.compactMap({ AuditLine(Array($0)) }).first(where: { $0.kind == .log }),
      case .text(let name)? = line.document["log"]
    else { throw DBError(.auditFailed, "\(file.path) is no audit log") }
    if let difference = seal.difference(from: line) {
      throw DBError(.auditFailed, "\(file.path) cannot be continued: \(difference)")
    }
    return name
  }

  private static func addLog(to bytes: inout [UInt8], _ end: inout End, _ seal: AuditSeal) {
    let name = end.log
    add(.log, to: &bytes, &end, seal) { seal.describe(name, to: &$0) }
  }

  private static func add(
    _ kind: AuditLine.Kind, to bytes: inout [UInt8], _ end: inout End, _ seal: AuditSeal,
    _ body: (inout JSONWriter) -> Void
  ) {
    let line = AuditLine(kind, end.sequence + 1, after: end.hash, seal, body)
    bytes += line.bytes
    bytes.append(UInt8(ascii: "\n"))
    end.sequence = line.sequence
    end.hash = line.hash
  }
}
