internal import Crypto
public import DBAdapterCore

/// A secret under AES-256-GCM, bound to the record and the field that it belongs to.
///
/// As text it is `bosdb1:` and base64url of: format version (1 byte), key id (8 bytes), nonce (12 random bytes), the ciphertext, and the tag
/// (16 bytes). The additional data is the header, the record's id and the field's name, so that a secret is worth nothing anywhere else.
public struct SealedSecret: Sendable, Hashable, CustomStringConvertible {
  /// Where a secret belongs.
  public struct Place: Sendable, Hashable {
    /// The record's identifier.
    public let record: String
    /// The field's name.
    public let field: String

    public init(record: String, field: String) {
      self.record = record
      self.field = field
    }
  }

  /// The sealed text.
  public let text: String
  /// The key that it was sealed with.
  public let keyID: String
  private let bytes: [UInt8]

  private static let prefix = "bosdb1:"
  private static let version: UInt8 = 1
  private static let headerLength = 1 + MasterKey.idLength
  private static let tagLength = 16
  private static let nonceLength = 12

  /// Reads a sealed text; nothing is opened.
  /// - Throws: ``DBError/Code-swift.struct/secretUnreadable`` when it is none, or of a format this program does not know.
  public init(_ text: String) throws(DBError) {
    guard text.hasPrefix(Self.prefix) else {
      throw Self.unreadable("it does not begin with \(Self.prefix); it was changed, or a newer bosdb wrote it")
    }
    guard let bytes = Base64.decode(text.dropFirst(Self.prefix.count)),
      bytes.count >= Self.headerLength + Self.nonceLength + Self.tagLength
    else { throw Self.unreadable("it is cut off or was changed; restore it from a backup, or enter the secret again") }
    guard bytes[0] == Self.version else {
      throw Self.unreadable(
        "its format version is \(bytes[0]), and this program knows \(Self.version); use a newer bosdb")
    }
    self.text = text
    self.bytes = bytes
    keyID = DBBytes(bytes[1..<Self.headerLength]).hexadecimal
  }

  /// Seals a secret, with a nonce of its own.
  /// - Throws: ``DBError/Code-swift.struct/internalInconsistency`` when the library cannot.
  public init(sealing secret: Secret, at place: Place, with key: MasterKey) throws(DBError) {
    var header = [Self.version]
    header += DBBytes(hexadecimal: key.id)?.bytes ?? []
    do {
      let box = try secret.withExposed { text in
        try AES.GCM.seal(
          Array(text.utf8), using: key.key, nonce: AES.GCM.Nonce(),
          authenticating: Self.additionalData(header, place))
      }
      bytes = header + Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
    } catch {
      throw DBError(.internalInconsistency, "the secret cannot be sealed: \(error)")
    }
    text = Self.prefix + Base64.encodeURL(bytes)
    keyID = key.id
  }

  /// The secret itself.
  /// - Throws: ``DBError/Code-swift.struct/secretUnreadable`` when its key is not in the ring, or the text was changed or belongs elsewhere.
  public func open(at place: Place, with ring: KeyRing) throws(DBError) -> Secret {
    guard let key = ring.key(keyID) else {
      throw Self.unreadable(
        "it was sealed with the master key \(keyID), and at hand are the \(ring); bring that key along, as the first or a "
          + "further one of the key source")
    }
    let header = Array(bytes[..<Self.headerLength])
    let rest = bytes[Self.headerLength...]
    let opened: [UInt8]
    do {
      let box = try AES.GCM.SealedBox(
        nonce: AES.GCM.Nonce(data: rest.prefix(Self.nonceLength)),
        ciphertext: rest.dropFirst(Self.nonceLength).dropLast(Self.tagLength), tag: rest.suffix(Self.tagLength))
      opened = Array(try AES.GCM.open(box, using: key.key, authenticating: Self.additionalData(header, place)))
    } catch {
      throw Self.unreadable(
        "it was changed, or moved from another record (\(place.field) of \(place.record)); restore it from a backup, or "
          + "enter the secret again")
    }
    guard let text = String(validating: opened, as: UTF8.self) else { throw Self.unreadable("it holds no text") }
    return Secret(text)
  }

  /// Header, record and field, each with its length before it, so that no two places have the same.
  private static func additionalData(_ header: [UInt8], _ place: Place) -> [UInt8] {
    [header, Array(place.record.utf8), Array(place.field.utf8)].flatMap { part in
      withUnsafeBytes(of: UInt32(part.count).bigEndian) { Array($0) } + part
    }
  }

  private static func unreadable(_ reason: String) -> DBError {
    DBError(.secretUnreadable, "a sealed secret cannot be opened: \(reason)")
  }

  public var description: String { "secret sealed with key \(keyID)" }
}
