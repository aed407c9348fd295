internal import Crypto
public import DBAdapterCore

/// A key of 256 bits that secrets are sealed with. It never prints.
public struct MasterKey: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Names the key without giving it away: 16 hexadecimal digits, the beginning of its HMAC-SHA-256 over a fixed text.
  public let id: String
  let key: SymmetricKey

  /// The bytes of ``id``, as they stand in a sealed secret.
  static let idLength = 8
  private static let length = 32

  init(_ key: SymmetricKey) {
    self.key = key
    let code = HMAC<SHA256>.authenticationCode(for: Array("bosdb master key id".utf8), using: key)
    id = DBBytes(code.prefix(Self.idLength)).hexadecimal
  }

  /// A new key from the system's random source.
  public static func random() -> MasterKey { MasterKey(SymmetricKey(size: .bits256)) }

  /// Reads 32 bytes as 64 hexadecimal digits or as base64, with or without padding.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when they are not 32 bytes; the text is not quoted.
  public init(text: Secret) throws(DBError) {
    let bytes = text.withExposed { text in
      text.utf8.count == 2 * Self.length ? DBBytes(hexadecimal: text)?.bytes : Base64.decode(text)
    }
    guard let bytes, bytes.count == Self.length else {
      throw DBError(
        .invalidParameter,
        "a master key is 32 bytes, written as 64 hexadecimal digits or as base64; openssl rand -base64 32 makes one")
    }
    self.init(SymmetricKey(data: bytes))
  }

  /// The key as base64, for a key file.
  var text: Secret { key.withUnsafeBytes { Secret(DBBytes(Array($0)).base64) } }

  public static func == (left: MasterKey, right: MasterKey) -> Bool { left.key == right.key }
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }

  public var description: String { "master key \(id)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}
