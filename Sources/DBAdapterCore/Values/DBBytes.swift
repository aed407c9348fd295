/// A sequence of bytes, shown as hexadecimal.
public struct DBBytes: Sendable, Hashable, CustomStringConvertible {
  /// The bytes themselves.
  public var bytes: [UInt8]

  public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  @usableFromInline
  package init(copying buffer: UnsafeRawBufferPointer) { self.bytes = Array(buffer) }

  /// The number of bytes.
  public var count: Int { bytes.count }

  /// Lowercase hexadecimal without a prefix: `00ff`.
  public var hexadecimal: String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
      for (index, byte) in bytes.enumerated() {
        buffer[index * 2] = Self.digits[Int(byte >> 4)]
        buffer[index * 2 + 1] = Self.digits[Int(byte & 15)]
      }
      return bytes.count * 2
    }
  }

  /// Standard base64 with padding (RFC 4648 section 4).
  public var base64: String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
      let second = index + 1 < bytes.count ? bytes[index + 1] : 0
      let third = index + 2 < bytes.count ? bytes[index + 2] : 0
      let group = UInt32(bytes[index]) << 16 | UInt32(second) << 8 | UInt32(third)
      text.append(Self.alphabet[Int(group >> 18 & 63)])
      text.append(Self.alphabet[Int(group >> 12 & 63)])
      text.append(index + 1 < bytes.count ? Self.alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
      text.append(index + 2 < bytes.count ? Self.alphabet[Int(group & 63)] : UInt8(ascii: "="))
      index += 3
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Bytes from hexadecimal digits, upper or lower case, with or without a leading `\x` or `0x`; `nil` when a character is
  /// not a digit or their number is odd.
  public init?(hexadecimal text: some StringProtocol) {
    var digits = Substring(text)
    if digits.hasPrefix("\\x") || digits.hasPrefix("0x") { digits = digits.dropFirst(2) }
    guard digits.utf8.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.utf8.count / 2)
    var high: UInt8?
    for character in digits.utf8 {
      guard let digit = hexadecimalValue(character) else { return nil }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    self.bytes = bytes
  }

  /// `\x` followed by hexadecimal digits, as PostgreSQL prints `bytea`.
  public var description: String { "\\x" + hexadecimal }

  private static let digits = Array("0123456789abcdef".utf8)
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}

/// The value of one ASCII hexadecimal digit.
package func hexadecimalValue(_ character: UInt8) -> UInt8? {
  switch character {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
  default: nil
  }
}
