internal import DBAdapterCore

/// Where the lines of a log come from, oldest first.
protocol AuditLineSource: Sendable {
  mutating func next() async throws(DBError) -> AuditSourceLine?
}

/// One line as it stands in a log.
struct AuditSourceLine: Sendable {
  let place: String
  /// Counted from 1.
  let number: Int
  let bytes: [UInt8]
  /// Whether the line has its end.
  var isWhole = true
  /// Whether a file begins with it.
  var isFirst = false
}

/// Reads the lines of files one after the other, in constant memory.
struct AuditFileLines: AuditLineSource {
  private struct Part: Sendable {
    let file: AuditFileHandle
    let size: Int
  }

  private var parts: ArraySlice<Part>
  private var buffer: [UInt8] = []
  private var consumed = 0
  private var offset = 0
  private var number = 0

  private static let chunk = 65_536

  /// Opens the files, which blocks. What is appended from now on is not read.
  /// - Parameter paths: in the order they were written.
  init(_ paths: [String]) throws(DBError) {
    var parts: [Part] = []
    for path in paths {
      guard let file = try AuditFileHandle.open(path, for: .read) else {
        throw DBError(.invalidParameter, "there is no audit log \(path)")
      }
      parts.append(Part(file: file, size: try file.size))
    }
    self.parts = parts[...]
  }

  mutating func next() async throws(DBError) -> AuditSourceLine? {
    var scanned = consumed
    while let part = parts.first {
      if let end = buffer[scanned...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { consumed = end + 1 }
        return line(Array(buffer[consumed..<end]), part)
      }
      buffer.removeFirst(consumed)
      consumed = 0
      scanned = buffer.count
      // A line that is too long is wrong already; what is read of it is enough to say so.
      guard offset < part.size, buffer.count <= AuditLine.mostBytes else {
        let rest = buffer
        buffer = []
        if rest.count > AuditLine.mostBytes { return line(rest, part) }
        let result = rest.isEmpty ? nil : line(rest, part, isWhole: false)
        parts.removeFirst()
        (offset, number) = (0, 0)
        if let result { return result }
        scanned = 0
        continue
      }
      let place = offset
      let bytes = try await BlockingThreads.shared.run {
        Result { () throws(DBError) in try part.file.read(min(Self.chunk, part.size - place), at: place) }
      }.get()
      offset = bytes.isEmpty ? part.size : offset + bytes.count
      buffer += bytes
    }
    return nil
  }

  private mutating func line(_ bytes: [UInt8], _ part: Part, isWhole: Bool = true) -> AuditSourceLine {
    number += 1
    return AuditSourceLine(
      place: part.file.path, number: number, bytes: bytes, isWhole: isWhole, isFirst: number == 1)
  }
}
