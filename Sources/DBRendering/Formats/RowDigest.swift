/// A digest of rows that does not depend on their order: it tells whether two results hold the same rows. Not cryptographic.
struct RowDigest {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  /// Adds the bytes of one row: FNV-1a, spread over two words, summed.
  mutating func add(_ row: UnsafeBufferPointer<UInt8>) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in row { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    low &+= Self.mixed(hash)
    high &+= Self.mixed(hash ^ 0x9E37_79B9_7F4A_7C15)
  }

  /// `fnv1a:` and 32 hexadecimal digits.
  var text: String { "fnv1a:" + Self.padded(high) + Self.padded(low) }

  private static func mixed(_ value: UInt64) -> UInt64 {
    var value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  private static func padded(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
