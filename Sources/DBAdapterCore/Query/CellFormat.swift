#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

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
  let text = String(decoding: bytes, as: UTF8.self)
  return isASCII(bytes) || isSame(text, bytes)
    ? .text(text) : .native(DBNative(typeName: typeName(), bytes: DBBytes(copying: bytes)))
}

func isValidUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
  if isASCII(bytes) { return true }
  // To repair all of a long string costs much more than to find its first wrong byte.
  if bytes.count > 256 { return String(validating: bytes, as: UTF8.self) != nil }
  return isSame(String(decoding: bytes, as: UTF8.self), bytes)
}

/// Repairing changes what is not valid, and nothing else; the validating initializer is generic inside and took half of a scan.
private func isSame(_ repaired: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
  var text = repaired
  return text.withUTF8 { utf8 in
    guard utf8.count == bytes.count, let start = utf8.baseAddress, let other = bytes.baseAddress else {
      return bytes.isEmpty
    }
    return memcmp(start, other, utf8.count) == 0
  }
}

/// Eight bytes at a time.
private func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
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
