internal import DBAdapterCore

/// One line of a log, sealed: its last member is the hash of every byte before that member.
///
/// `{"seq":7,"kind":"event",…,"prevHash":"…","hash":"…"}`
struct AuditLine: Sendable, Hashable {
  enum Kind: String, Sendable {
    /// The first of a file: names the log, the algorithm and the key.
    case log
    case event
    /// Stands behind a line that was not written to its end.
    case torn
    /// Stands where the log ended before its head said so.
    case cut
  }

  let sequence: Int64
  let kind: Kind
  let previousHash: String
  let hash: String
  /// Everything but the end of the line.
  let bytes: [UInt8]

  /// No line is longer, so that a log can be read in constant memory.
  static let mostBytes = 8 * 1_024 * 1_024
  /// Before the first line of a log.
  static let noHash = String(repeating: "0", count: hashDigits)

  /// No log has more, so that the next one always has a number.
  static let mostRecords: Int64 = 1 << 62
  private static let hashDigits = 64
  private static let hashMember = Array(#","hash":""#.utf8)
  private static let end = Array(#""}"#.utf8)

  /// Seals a new line.
  /// - Parameter body: writes the members between `kind` and `prevHash`.
  init(
    _ kind: Kind, _ sequence: Int64, after previousHash: String, _ seal: AuditSeal, _ body: (inout JSONWriter) -> Void
  ) {
    self.kind = kind
    self.sequence = sequence
    self.previousHash = previousHash
    var writer = JSONWriter()
    writer.object { fields in
      fields.member("seq", sequence)
      fields.member("kind", kind.rawValue)
      body(&fields)
      fields.member("prevHash", previousHash)
    }
    // Without the brace, which the hash comes before.
    var bytes = Array(writer.bytes.dropLast())
    hash = seal.hash(of: bytes)
    bytes += Self.hashMember + hash.utf8 + Self.end
    self.bytes = bytes
  }

  /// Reads a line back; `nil` when it has not the form of one. Its hash is not checked: see ``isSealed(by:)``.
  init?(_ bytes: [UInt8]) {
    guard let document = Self.document(bytes), case .int(let sequence)? = document["seq"],
      (0...Self.mostRecords).contains(sequence),
      case .text(let kind)? = document["kind"], let kind = Kind(rawValue: kind),
      case .text(let previousHash)? = document["prevHash"],
      let digits = Self.hashRange(of: bytes)
    else { return nil }
    self.sequence = sequence
    self.kind = kind
    self.previousHash = previousHash
    hash = String(decoding: bytes[digits], as: UTF8.self)
    self.bytes = bytes
  }

  /// The members of the line.
  var document: DBDocument { Self.document(bytes) ?? DBDocument() }

  func isSealed(by seal: AuditSeal) -> Bool {
    seal.hash(of: bytes.dropLast(Self.hashMember.count + Self.hashDigits + Self.end.count)) == hash
  }

  private static func document(_ bytes: [UInt8]) -> DBDocument? {
    guard bytes.first == UInt8(ascii: "{"), bytes.count <= mostBytes,
      case .document(let document)? = try? DBJSON(String(decoding: bytes, as: UTF8.self)).parsed()
    else { return nil }
    return document
  }

  private static func hashRange(of bytes: [UInt8]) -> Range<Int>? {
    let upper = bytes.count - end.count
    let lower = upper - hashDigits
    guard lower >= hashMember.count, bytes[upper...].elementsEqual(end),
      bytes[(lower - hashMember.count)..<lower].elementsEqual(hashMember),
      bytes[lower..<upper].allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { return nil }
    return lower..<upper
  }
}
