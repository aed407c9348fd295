internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Reads files and standard input.
enum InputText {
  /// The text of a file, or of standard input for `-`; a byte order mark is dropped.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when it cannot be read or is not UTF-8, naming the place.
  static func read(_ path: String) throws(DBError) -> String {
    var bytes = try bytes(path)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    return try text(bytes, from: path)
  }

  /// Bytes as text.
  static func text(_ bytes: [UInt8], from path: String) throws(DBError) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    // The longest valid beginning ends where the first invalid byte is.
    let repaired = String(decoding: bytes, as: UTF8.self)
    let offset = zip(repaired.utf8, bytes).enumerated().first { $1.0 != $1.1 }?.offset ?? bytes.count
    let line = bytes.prefix(offset).count { $0 == 0x0A } + 1
    throw DBError(.invalidParameter, Messages.notUTF8(name(path), byte: offset + 1, line: line))
  }

  /// The bytes of a file, or of standard input for `-`.
  static func bytes(_ path: String) throws(DBError) -> [UInt8] {
    let file = try InputFile(path)
    var bytes: [UInt8] = []
    while let piece = try file.next() { bytes += piece }
    return bytes
  }

  /// A password from the first line of standard input.
  static func password() throws(DBError) -> Secret {
    let text = try read("-")
    let line = String(text.prefix { !$0.isNewline })
    guard !line.isEmpty else { throw DBError(.invalidParameter, Messages.noPassword) }
    return Secret(line)
  }

  /// Whether a person types the input.
  static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }

  /// `standard input`, or the path.
  static func name(_ path: String) -> String { path == "-" ? Messages.standardInput : path }
}
