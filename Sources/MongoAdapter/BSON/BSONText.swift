internal import DBAdapterCore

/// The text of bytes that need not be UTF-8.
enum BSONText {
  /// The text; `nil` when the bytes are not valid UTF-8.
  static func valid(_ bytes: UnsafeRawBufferPointer) -> String? { isValid(bytes) ? repaired(bytes) : nil }

  static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool { UTF8Bytes.areValid(bytes) }

  /// The text with U+FFFD in place of what is not valid.
  static func repaired(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }
}
