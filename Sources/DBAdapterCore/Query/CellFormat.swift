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
  /// Big-endian microseconds since 2000-01-01T00:00:00, the extremes for the infinities (``DBTimestamp``).
  case timestamp(hasZone: Bool)
  case text
  case bytes
  case custom(any CellDecoder)
}

extension CellFormat {
  /// The format without what a custom one carries: cheap to copy and to switch over, once a cell.
  @usableFromInline
  enum Layout: UInt8, Sendable {
    case bool, int16, int32, int64, float32, float64, localTimestamp, zonedTimestamp, text, bytes, custom
  }

  var layout: Layout {
    switch self {
    case .bool: .bool
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .float32: .float32
    case .float64: .float64
    case .timestamp(let hasZone): hasZone ? .zonedTimestamp : .localTimestamp
    case .text: .text
    case .bytes: .bytes
    case .custom: .custom
    }
  }
}

/// A decoder where it stays: to call it copies no existential, once a cell.
@usableFromInline
final class BoxedDecoder: Sendable {
  private let decoder: any CellDecoder

  init?(_ format: CellFormat) {
    guard case .custom(let decoder) = format else { return nil }
    self.decoder = decoder
  }

  @usableFromInline
  func decode(_ bytes: UnsafeRawBufferPointer) -> DBValue { decoder.decode(bytes) }
}

extension CellFormat.Layout {
  /// A number as a cell; `nil` when the bytes have another length than the format has.
  @inlinable
  func cell(_ bytes: UnsafeRawBufferPointer) -> RowBatch.Cell? {
    switch self {
    case .bool where bytes.count == 1: RowBatch.Cell(payload: bytes[0] != 0 ? 1 : 0, length: 0, kind: .bool)
    case .int16 where bytes.count == 2: .int(Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self))))
    case .int32 where bytes.count == 4: .int(Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self))))
    case .int64 where bytes.count == 8: .int(Int64(bigEndian: bytes.loadUnaligned(as: Int64.self)))
    case .float32 where bytes.count == 4:
      .double(Double(Float(bitPattern: UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)))))
    case .float64 where bytes.count == 8:
      .double(Double(bitPattern: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))))
    case .localTimestamp where bytes.count == 8:
      RowBatch.Cell(payload: Int64(bigEndian: bytes.loadUnaligned(as: Int64.self)), length: 0, kind: .localTimestamp)
    case .zonedTimestamp where bytes.count == 8:
      RowBatch.Cell(payload: Int64(bigEndian: bytes.loadUnaligned(as: Int64.self)), length: 0, kind: .zonedTimestamp)
    default: nil
    }
  }
}

extension RowBatch.Cell {
  @inlinable
  static func int(_ value: Int64) -> RowBatch.Cell { RowBatch.Cell(payload: value, length: 0, kind: .int) }

  @inlinable
  static func double(_ value: Double) -> RowBatch.Cell {
    RowBatch.Cell(payload: Int64(bitPattern: value.bitPattern), length: 0, kind: .double)
  }
}

/// Text when the bytes are valid UTF-8, else the bytes as they are under the type's name.
@usableFromInline
func textValue(_ bytes: UnsafeRawBufferPointer, typeName: @autoclosure () -> String) -> DBValue {
  UTF8Bytes.areValid(bytes)
    ? .text(String(decoding: bytes, as: UTF8.self))
    : .native(DBNative(typeName: typeName(), bytes: DBBytes(copying: bytes)))
}
