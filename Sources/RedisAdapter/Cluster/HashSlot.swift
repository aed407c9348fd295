/// The part of a cluster's key space that a key is in: one of 16,384
/// (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model).
enum HashSlot {
  static let count = 16_384

  /// The slot of a key: of its hash tag, the part in the first braces, if it has one that is not empty.
  static func of(_ key: ArraySlice<UInt8>) -> Int {
    Int(crc16(tag(of: key))) & (count - 1)
  }

  private static func tag(of key: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard let open = key.firstIndex(of: UInt8(ascii: "{")),
      let close = key[(open + 1)...].firstIndex(of: UInt8(ascii: "}")), close > open + 1
    else { return key }
    return key[(open + 1)..<close]
  }

  /// CRC16 of XMODEM: polynomial 0x1021, starting at 0.
  private static func crc16(_ bytes: ArraySlice<UInt8>) -> UInt16 {
    var crc: UInt16 = 0
    for byte in bytes { crc = (crc << 8) ^ table[Int(UInt8(truncatingIfNeeded: crc >> 8) ^ byte)] }
    return crc
  }

  private static let table: [UInt16] = (0..<256).map { index in
    var crc = UInt16(index) << 8
    for _ in 0..<8 { crc = crc & 0x8000 == 0 ? crc << 1 : (crc << 1) ^ 0x1021 }
    return crc
  }
}
