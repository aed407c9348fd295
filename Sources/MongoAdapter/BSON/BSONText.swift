/// The text of bytes that need not be UTF-8.
enum BSONText {
  /// The text; `nil` when the bytes are not valid UTF-8.
  static func valid(_ bytes: UnsafeRawBufferPointer) -> String? {
    let text = repaired(bytes)
    return isASCII(bytes) || isSame(text, bytes) ? text : nil
  }

  static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool { isASCII(bytes) || isSame(repaired(bytes), bytes) }

  /// The text with U+FFFD in place of what is not valid.
  static func repaired(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

  /// Repairing changes what is not valid, and nothing else.
  private static func isSame(_ repaired: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
    var text = repaired
    return text.withUTF8 { BSONBytes.areEqual(UnsafeRawBufferPointer($0), bytes) }
  }

  /// Eight bytes at a time.
  static func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var position = 0
    while position &+ 8 <= bytes.count {
      if bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 { return false }
      position &+= 8
    }
    while position < bytes.count {
      if bytes[position] >= 0x80 { return false }
      position &+= 1
    }
    return true
  }
}
