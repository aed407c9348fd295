/// A ``CellFormat`` as rows use it, once a cell: looking at it copies no existential and touches no reference count, which together took
/// a quarter of a scan.
@usableFromInline
struct CellReader: Sendable {
  @usableFromInline enum Shape: UInt8, Sendable {
    case bool, int16, int32, int64, float32, float64, text, bytes, custom
  }

  @usableFromInline let shape: Shape
  @usableFromInline let custom: CustomCells?

  init(_ format: CellFormat) {
    var custom: CustomCells?
    switch format {
    case .bool: shape = .bool
    case .int16: shape = .int16
    case .int32: shape = .int32
    case .int64: shape = .int64
    case .float32: shape = .float32
    case .float64: shape = .float64
    case .text: shape = .text
    case .bytes: shape = .bytes
    case .custom(let decoder):
      shape = .custom
      custom = CustomCells(decoder)
    }
    self.custom = custom
  }
}

/// A decoder where it stays.
@usableFromInline
final class CustomCells: Sendable {
  private let decoder: any CellDecoder

  init(_ decoder: any CellDecoder) { self.decoder = decoder }

  @usableFromInline
  func decode(_ bytes: UnsafeRawBufferPointer) -> DBValue { decoder.decode(bytes) }
}

extension ColumnSet {
  @inlinable
  func value(of bytes: UnsafeRawBufferPointer, at column: Int) -> DBValue {
    switch readers[column].shape {
    case .bool where bytes.count == 1: return .bool(bytes[0] != 0)
    case .int16 where bytes.count == 2: return .int(Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self))))
    case .int32 where bytes.count == 4: return .int(Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self))))
    case .int64 where bytes.count == 8: return .int(Int64(bigEndian: bytes.loadUnaligned(as: Int64.self)))
    case .float32 where bytes.count == 4:
      return .double(Double(Float(bitPattern: UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)))))
    case .float64 where bytes.count == 8:
      return .double(Double(bitPattern: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))))
    case .text: return textValue(bytes, typeName: columns[column].type.nativeName)
    case .bytes: return .bytes(DBBytes(copying: bytes))
    case .custom: if let custom = readers[column].custom { return custom.decode(bytes) }
    default: break
    }
    return .native(DBNative(typeName: columns[column].type.nativeName, bytes: DBBytes(copying: bytes)))
  }
}
