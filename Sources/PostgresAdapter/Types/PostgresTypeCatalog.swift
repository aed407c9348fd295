internal import DBAdapterCore

/// The types of the connected database, by OID: the built-in ones, and others looked up once and kept.
final class PostgresTypeCatalog: Sendable {
  private let known = Locked<[UInt32: PostgresType]>([:])

  subscript(oid: UInt32) -> PostgresType? {
    PostgresBuiltinTypes.byOID[oid] ?? known.withLock { $0[oid] }
  }

  /// The type, or an opaque stand-in when it was never looked up.
  func type(_ oid: UInt32) -> PostgresType {
    self[oid] ?? PostgresType(oid: oid, name: "oid \(oid)", shape: .opaque)
  }

  func unknown(among oids: some Sequence<UInt32>) -> Set<UInt32> { Set(oids.filter { $0 != 0 && self[$0] == nil }) }

  func forget() { known.withLock { $0 = [:] } }

  /// Finds everything the given types are made of: elements, base types, attributes, recursively.
  static let query = """
    WITH RECURSIVE wanted(oid) AS (
        SELECT unnest($1::pg_catalog.oid[])
      UNION
        SELECT part.oid
          FROM wanted
          JOIN pg_catalog.pg_type t ON t.oid = wanted.oid
          CROSS JOIN LATERAL (
              SELECT t.typelem
              UNION ALL SELECT t.typbasetype
              UNION ALL SELECT a.atttypid
                FROM pg_catalog.pg_attribute a
               WHERE a.attrelid = t.typrelid AND t.typrelid <> 0 AND a.attnum > 0 AND NOT a.attisdropped
          ) AS part(oid)
         WHERE part.oid <> 0
    )
    SELECT t.oid, pg_catalog.format_type(t.oid, NULL), t.typtype, t.typcategory, t.typelem, t.typbasetype,
           a.attname, a.atttypid
      FROM wanted
      JOIN pg_catalog.pg_type t ON t.oid = wanted.oid
      LEFT JOIN pg_catalog.pg_attribute a
        ON a.attrelid = t.typrelid AND t.typrelid <> 0 AND t.typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped
     ORDER BY t.oid, a.attnum
    """

  /// One row of ``query``.
  struct Entry {
    let oid: UInt32
    let name: String
    let typeClass: String
    let category: String
    let element: UInt32
    let base: UInt32
    let attribute: (name: String, type: UInt32)?
  }

  /// Builds and keeps the types of a look-up.
  func add(_ entries: [Entry]) {
    let groups = Dictionary(grouping: entries, by: \.oid)
    var built: [UInt32: PostgresType] = [:]
    func build(_ oid: UInt32) -> PostgresType {
      if let done = built[oid] ?? self[oid] { return done }
      guard let rows = groups[oid], let first = rows.first else { return type(oid) }
      let type = PostgresType(oid: oid, name: first.name, shape: shape(first, rows, build))
      built[oid] = type
      return type
    }
    for oid in groups.keys { _ = build(oid) }
    known.withLock { $0.merge(built) { $1 } }
  }

  private func shape(
    _ first: Entry, _ rows: [Entry], _ build: (UInt32) -> PostgresType
  ) -> PostgresType.Shape {
    switch first.typeClass {
    case "e": return .enumeration
    case "d": return .domain(build(first.base))
    case "r", "m": return .range
    case "c":
      return .composite(
        rows.compactMap { $0.attribute.map { PostgresType.Field(name: $0.name, type: build($0.type)) } })
    default: return first.category == "A" && first.element != 0 ? .array(build(first.element)) : .opaque
    }
  }
}
