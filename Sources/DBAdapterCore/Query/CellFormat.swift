/// Turns the bytes of a cell into a value. An adapter makes one a column, once a statement.
public protocol CellDecoder: Sendable {
  /// Never fails: what the decoder cannot read it returns as ``DBValue/native(_:)`` with the bytes.
  func decode(_ bytes: UnsafeRawBufferPointer) -> DBValue
}

/// How the bytes of a column's cells are to be read.
///
/// The common network-order formats are cases of their own, so that the compiler sees through them; everything else goes
/// through a ``CellDecoder``.
public enum CellFormat: Sendable {
  /// One byte, zero is false.
  case bool
  /// Big-endian two's complement.
  case int16, int32, int64
  /// Big-endian IEEE 754.
  case float32, float64
  case text
  case bytes
  case custom(any CellDecoder)
}

/// Text when the bytes are valid UTF-8, else the bytes as they are under the type's name.
@inlinable
func textValue(_ bytes: UnsafeRawBufferPointer, typeName: @autoclosure () -> String) -> DBValue {
  // The validating initializer goes through generic code; most text is ASCII and needs none of it.
  if isASCII(bytes) { return .text(String(decoding: bytes, as: UTF8.self)) }
  if let text = String(validating: bytes.bindMemory(to: UInt8.self), as: UTF8.self) { return .text(text) }
  return .native(DBNative(typeName: typeName(), bytes: DBBytes(copying: bytes)))
}

/// Eight bytes at a time.
@inlinable
func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
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
