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

/// Comparing and reading bytes where they stand.
enum BSONBytes {
  /// Eight bytes at a time.
  static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    var position = 0
    while position &+ 8 <= left.count {
      guard
        left.loadUnaligned(fromByteOffset: position, as: UInt64.self)
          == right.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      else { return false }
      position &+= 8
    }
    while position < left.count {
      if left[position] != right[position] { return false }
      position &+= 1
    }
    return true
  }

  /// A little-endian number. The caller knows that its bytes are there.
  @inline(__always)
  static func load<T: FixedWidthInteger>(_: T.Type, _ bytes: UnsafeRawBufferPointer, at offset: Int = 0) -> T {
    T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }
}
