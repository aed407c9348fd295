internal import DBAdapterCore

/// A type of one database: what the wire carries for it, and what it is called.
final class PostgresType: Sendable {
  /// The types whose binary form is decoded exactly.
  enum Scalar: Sendable {
    case bool, bytea, text, int2, int4, int8, unsigned32, float4, float8, numeric
    case date, time, timetz, timestamp, timestamptz, interval, uuid, json, jsonb, record, void
  }

  struct Field: Sendable {
    let name: String
    let type: PostgresType
  }

  indirect enum Shape: Sendable {
    case scalar(Scalar)
    case array(PostgresType)
    case composite([Field])
    case enumeration
    case domain(PostgresType)
    /// Ranges and multiranges: as the server prints them.
    case range
    /// Everything else: as the server prints it.
    case opaque
  }

  let oid: UInt32
  /// As `format_type` prints it, without modifiers.
  let name: String
  let shape: Shape

  init(oid: UInt32, name: String, shape: Shape) {
    self.oid = oid
    self.name = name
    self.shape = shape
  }

  /// Whether the binary form can be asked for without losing anything.
  var isBinaryExact: Bool {
    switch shape {
    case .scalar, .enumeration: true
    case .array(let element): element.isBinaryExact
    case .composite(let fields): fields.allSatisfy(\.type.isBinaryExact)
    case .domain(let base): base.isBinaryExact
    case .range, .opaque: false
    }
  }

  var kind: DBType.Kind {
    switch shape {
    case .scalar(let scalar): scalar.kind
    case .array: .array
    case .composite: .document
    case .enumeration: .enumeration
    case .domain(let base): base.kind
    case .range: .range
    case .opaque: .native
    }
  }

  /// How cells of the type are read from a result in binary or in text format.
  func format(isBinary: Bool) -> CellFormat {
    switch shape {
    case .domain(let base): return base.format(isBinary: isBinary)
    case .enumeration, .scalar(.text): return .text
    default: break
    }
    guard isBinary, case .scalar(let scalar) = shape else {
      return .custom(isBinary ? PostgresBinaryDecoder(type: self) as any CellDecoder : PostgresTextDecoder(type: self))
    }
    return switch scalar {
    case .bool: .bool
    case .bytea: .bytes
    case .int2: .int16
    case .int4: .int32
    case .int8: .int64
    case .float4: .float32
    case .float8: .float64
    case .timestamp: .timestamp(hasZone: false)
    case .timestamptz: .timestamp(hasZone: true)
    default: .custom(PostgresBinaryDecoder(type: self))
    }
  }
}

extension PostgresType.Scalar {
  var kind: DBType.Kind {
    switch self {
    case .bool: .boolean
    case .bytea: .bytes
    case .text, .void: .text
    case .int2, .int4, .int8, .unsigned32: .integer
    case .float4, .float8: .float
    case .numeric: .decimal
    case .date: .date
    case .time, .timetz: .time
    case .timestamp, .timestamptz: .timestamp
    case .interval: .interval
    case .uuid: .uuid
    case .json, .jsonb: .json
    case .record: .document
    }
  }
}
