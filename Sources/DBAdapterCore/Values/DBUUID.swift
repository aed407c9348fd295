/// A 128-bit universally unique identifier (RFC 9562).
public struct DBUUID: Sendable, Hashable, CustomStringConvertible {
  /// The first eight bytes, big endian.
  public let high: UInt64
  /// The last eight bytes, big endian.
  public let low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// A version 4 identifier from the system's random source.
  public static func random() -> DBUUID {
    let high = UInt64.random(in: .min ... .max) & ~0xF000 | 0x4000
    let low = UInt64.random(in: .min ... .max) & ~(3 << 62) | (2 << 62)
    return DBUUID(high: high, low: low)
  }

  /// Reads 32 hexadecimal digits, with hyphens anywhere between bytes and optional braces, as PostgreSQL does.
  public init?(_ text: some StringProtocol) {
    var digits = Substring(text)
    if digits.hasPrefix("{"), digits.hasSuffix("}") { digits = digits.dropFirst().dropLast() }
    var high: UInt64 = 0
    var low: UInt64 = 0
    var count = 0
    for character in digits.utf8 {
      if character == UInt8(ascii: "-") {
        guard count.isMultiple(of: 2) else { return nil }
        continue
      }
      guard count < 32, let digit = hexadecimalValue(character) else { return nil }
      if count < 16 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
      count += 1
    }
    guard count == 32 else { return nil }
    self.init(high: high, low: low)
  }

  /// The canonical form: lowercase, hyphens after 8, 12, 16 and 20 digits.
  public var description: String {
    String(unsafeUninitializedCapacity: 36) { buffer in
      var position = 0
      for index in 0..<32 {
        if index == 8 || index == 12 || index == 16 || index == 20 {
          buffer[position] = UInt8(ascii: "-")
          position += 1
        }
        let word = index < 16 ? high : low
        let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - index % 16 * 4)) & 15
        buffer[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        position += 1
      }
      return position
    }
  }
}
