/// What bytes are that may be text.
package enum UTF8Bytes {
  /// Whether all bytes are ASCII.
  @inlinable
  package static func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var position = 0
    var seen: UInt64 = 0
    while position &+ 8 <= bytes.count {
      seen |= bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      position &+= 8
    }
    while position < bytes.count {
      seen |= UInt64(bytes[position])
      position &+= 1
    }
    return seen & 0x8080_8080_8080_8080 == 0
  }

  /// Whether the bytes are well-formed UTF-8 (Unicode 16, table 3-7).
  package static func areValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if isASCII(bytes) { return true }
    var position = 0
    while position < bytes.count {
      let lead = bytes[position]
      guard lead >= 0x80 else {
        position &+= 1
        continue
      }
      let length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0
      guard length > 0, position &+ length <= bytes.count else { return false }
      let second = bytes[position &+ 1]
      let lowest: UInt8 = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80
      let highest: UInt8 = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF
      guard second >= lowest, second <= highest else { return false }
      for offset in 2..<max(length, 2) where bytes[position &+ offset] & 0xC0 != 0x80 { return false }
      position &+= length
    }
    return true
  }
}
