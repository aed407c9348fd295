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

extension CellFormat {
  @inlinable
  func value(of bytes: UnsafeRawBufferPointer, typeName: @autoclosure () -> String) -> DBValue {
    switch self {
    case .bool where bytes.count == 1: return .bool(bytes[0] != 0)
    case .int16 where bytes.count == 2: return .int(Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self))))
    case .int32 where bytes.count == 4: return .int(Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self))))
    case .int64 where bytes.count == 8: return .int(Int64(bigEndian: bytes.loadUnaligned(as: Int64.self)))
    case .float32 where bytes.count == 4:
      return .double(Double(Float(bitPattern: UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)))))
    case .float64 where bytes.count == 8:
      return .double(Double(bitPattern: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))))
    case .text: return textValue(bytes, typeName: typeName())
    case .bytes: return .bytes(DBBytes(copying: bytes))
    case .custom(let decoder): return decoder.decode(bytes)
    default: return .native(DBNative(typeName: typeName(), bytes: DBBytes(copying: bytes)))
    }
  }
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
