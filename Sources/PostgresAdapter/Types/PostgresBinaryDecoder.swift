internal import DBAdapterCore

/// Reads cells in PostgreSQL's binary format: each type's `send` function in the server's sources, big endian throughout.
struct PostgresBinaryDecoder: CellDecoder {
  let type: PostgresType

  func decode(_ bytes: UnsafeRawBufferPointer) -> DBValue { Self.decode(bytes, type) }

  static func decode(_ bytes: UnsafeRawBufferPointer, _ type: PostgresType) -> DBValue {
    value(bytes, type) ?? .native(DBNative(typeName: type.name, bytes: DBBytes(bytes)))
  }

  private static func value(_ bytes: UnsafeRawBufferPointer, _ type: PostgresType) -> DBValue? {
    switch type.shape {
    case .scalar(let scalar): return self.scalar(bytes, scalar)
    case .domain(let base): return value(bytes, base)
    case .enumeration: return text(bytes).map { .text($0) }
    case .array(let element): return array(bytes, element)
    case .composite(let fields):
      return composite(bytes) { index, _ in fields.indices.contains(index) ? fields[index] : nil }
    case .range, .opaque: return nil
    }
  }

  private static func scalar(_ bytes: UnsafeRawBufferPointer, _ scalar: PostgresType.Scalar) -> DBValue? {
    var reader = PostgresReader(bytes)
    switch scalar {
    case .timestamp, .timestamptz:
      guard let moment = reader.integer(Int64.self) else { return nil }
      return .timestamp(DBTimestamp(microsecondsSince2000: moment, hasZone: scalar == .timestamptz))
    case .numeric: return PostgresNumeric.decode(bytes).map { .decimal($0) }
    case .text: return text(bytes).map { .text($0) }
    case .void: return .null
    case .bool: return reader.integer(UInt8.self).map { .bool($0 != 0) }
    case .bytea: return .bytes(DBBytes(bytes))
    case .int2: return reader.integer(Int16.self).map { .int(Int64($0)) }
    case .int4: return reader.integer(Int32.self).map { .int(Int64($0)) }
    case .int8: return reader.integer(Int64.self).map { .int($0) }
    case .unsigned32: return reader.integer(UInt32.self).map { .int(Int64($0)) }
    case .float4: return reader.integer(UInt32.self).map { .double(Double(Float(bitPattern: $0))) }
    case .float8: return reader.integer(UInt64.self).map { .double(Double(bitPattern: $0)) }
    case .date: return reader.integer(Int32.self).map { .date(date(daysSince2000: $0)) }
    case .time: return reader.integer(Int64.self).map { .time(DBTime(microseconds: $0)) }
    case .timetz:
      guard let time = reader.integer(Int64.self), let west = reader.integer(Int32.self) else { return nil }
      return .time(DBTime(microseconds: time, utcOffsetSeconds: -west))
    case .interval:
      guard let microseconds = reader.integer(Int64.self), let days = reader.integer(Int32.self),
        let months = reader.integer(Int32.self)
      else { return nil }
      return .interval(DBInterval(months: months, days: days, microseconds: microseconds))
    case .uuid:
      guard let high = reader.integer(UInt64.self), let low = reader.integer(UInt64.self) else { return nil }
      return .uuid(DBUUID(high: high, low: low))
    case .json: return text(bytes).map { .json(DBJSON($0)) }
    case .jsonb:
      guard reader.integer(UInt8.self) == 1 else { return nil }
      return text(UnsafeRawBufferPointer(rebasing: bytes[1...])).map { .json(DBJSON($0)) }
    case .record:
      return composite(bytes) { index, oid in
        PostgresBuiltinTypes.byOID[oid].map { PostgresType.Field(name: "f\(index + 1)", type: $0) }
      }
    }
  }

  /// Counted from 2000 on the wire; the infinities are the extremes in both counts.
  private static func date(daysSince2000 days: Int32) -> DBDate {
    if days == .max { return .infinity }
    if days == .min { return .negativeInfinity }
    return DBDate(daysSinceUnixEpoch: days + Int32(CivilCalendar.daysFrom1970To2000))
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) -> String? {
    String(validating: bytes, as: UTF8.self)
  }

  // MARK: Arrays and composites

  private static func array(_ bytes: UnsafeRawBufferPointer, _ element: PostgresType) -> DBValue? {
    var reader = PostgresReader(bytes)
    guard let count = reader.integer(Int32.self), reader.integer(Int32.self) != nil, reader.integer(UInt32.self) != nil,
      (0...6).contains(count)
    else { return nil }
    var dimensions: [(size: Int, lowerBound: Int)] = []
    for _ in 0..<count {
      guard let size = reader.integer(Int32.self), let bound = reader.integer(Int32.self), size >= 0 else { return nil }
      dimensions.append((Int(size), Int(bound)))
    }
    if dimensions.isEmpty { return .array(DBArray([])) }
    return elements(&reader, dimensions[...], element).map { .array($0) }
  }

  private static func elements(
    _ reader: inout PostgresReader, _ dimensions: ArraySlice<(size: Int, lowerBound: Int)>, _ element: PostgresType
  ) -> DBArray? {
    guard let dimension = dimensions.first else { return nil }
    var values: [DBValue] = []
    for _ in 0..<dimension.size {
      if dimensions.count > 1 {
        guard let inner = elements(&reader, dimensions.dropFirst(), element) else { return nil }
        values.append(.array(inner))
      } else {
        guard let value = reader.sized({ decode($0, element) }) else { return nil }
        values.append(value)
      }
    }
    return DBArray(values, lowerBound: dimension.lowerBound)
  }

  private static func composite(
    _ bytes: UnsafeRawBufferPointer, _ field: (Int, UInt32) -> PostgresType.Field?
  ) -> DBValue? {
    var reader = PostgresReader(bytes)
    guard let count = reader.integer(Int32.self), count >= 0 else { return nil }
    var fields: [DBDocument.Field] = []
    for index in 0..<Int(count) {
      guard let oid = reader.integer(UInt32.self) else { return nil }
      let known = field(index, oid)
      let value = reader.sized { raw in
        known.map { decode(raw, $0.type) } ?? .native(DBNative(typeName: "oid \(oid)", bytes: DBBytes(raw)))
      }
      guard let value else { return nil }
      fields.append(DBDocument.Field(known?.name ?? "f\(index + 1)", value))
    }
    return .document(DBDocument(fields))
  }
}

/// Takes big-endian numbers and sized values off the front of a buffer; `nil` at its end.
struct PostgresReader {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func integer<T: FixedWidthInteger>(_: T.Type) -> T? {
    let size = MemoryLayout<T>.size
    guard bytes.count - position >= size else { return nil }
    defer { position += size }
    return T(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
  }

  /// A length in four bytes and so many bytes; -1 is a null.
  mutating func sized(_ body: (UnsafeRawBufferPointer) -> DBValue) -> DBValue? {
    guard let length = integer(Int32.self) else { return nil }
    if length < 0 { return .null }
    guard bytes.count - position >= Int(length) else { return nil }
    defer { position += Int(length) }
    return body(UnsafeRawBufferPointer(rebasing: bytes[position..<(position + Int(length))]))
  }
}
