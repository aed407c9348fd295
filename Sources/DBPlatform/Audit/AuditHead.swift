internal import DBAdapterCore

/// Where a log ends, kept beside it, so that a log whose end was cut off is found.
struct AuditHead: Sendable, Hashable {
  let log: String
  let sequence: Int64
  let hash: String

  /// A head always takes as many, so that writing it anew needs no room on the disk.
  static let size = 256
  /// Of a log that has no line yet.
  static let blank = Array(repeating: UInt8(ascii: " "), count: size)

  /// The head as it is written: sealed like a line, filled up with spaces.
  func bytes(_ seal: AuditSeal) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { fields in
      fields.member("log", log)
      fields.member("seq", sequence)
      fields.member("hash", hash)
    }
    let body = writer.bytes.dropLast()
    let line = body + Array(#","seal":"\#(seal.hash(of: body))"}"#.utf8)
    return line + Array(repeating: UInt8(ascii: " "), count: max(0, Self.size - 1 - line.count)) + [UInt8(ascii: "\n")]
  }

  init(log: String, sequence: Int64, hash: String) {
    self.log = log
    self.sequence = sequence
    self.hash = hash
  }

  /// The same as a table keeps it, without what fills it up.
  func text(_ seal: AuditSeal) -> String {
    String(decoding: bytes(seal).split(separator: UInt8(ascii: " "), maxSplits: 1)[0], as: UTF8.self)
  }

  init?(text: String, _ seal: AuditSeal) {
    let spaces = Self.size - 1 - text.utf8.count
    guard spaces >= 0 else { return nil }
    self.init(Array(text.utf8) + Array(repeating: UInt8(ascii: " "), count: spaces) + [UInt8(ascii: "\n")], seal)
  }

  /// Reads a head back; `nil` when one byte of it is not as this seal writes it.
  init?(_ bytes: [UInt8], _ seal: AuditSeal) {
    guard bytes.count == Self.size,
      case .document(let fields)? = try? DBJSON(String(decoding: bytes, as: UTF8.self)).parsed(),
      case .text(let log)? = fields["log"], case .int(let sequence)? = fields["seq"],
      case .text(let hash)? = fields["hash"]
    else { return nil }
    self.init(log: log, sequence: sequence, hash: hash)
    guard self.bytes(seal) == bytes else { return nil }
  }

  /// Writes the members of the line that says of a log that it ended before its head.
  static func describe(_ head: AuditHead?, to fields: inout JSONWriter) {
    fields.member("time", DBTimestamp.now().description)
    fields.member("headSeq", head?.sequence)
    fields.member("headHash", head?.hash)
  }
}
