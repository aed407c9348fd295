internal import DBAdapterCore

/// A type as a column names it: `numeric` with the modifier for `(10,2)`.
struct ColumnTypeKey: Hashable {
  var identifier: Int64
  var modifier: Int32
}

struct ColumnType {
  var type: DBType
  /// `false` for a domain that allows no null.
  var isNullable: Bool

  static let unknown = ColumnType(type: DBType(.unknown, nativeName: "???"), isNullable: true)
}

extension PostgresCatalog {
  /// The types that the rows mention, each looked up once: a hundred thousand columns have a few dozen types.
  func types(
    _ rows: RowBatch, identifier: Int, modifier: Int
  ) async throws(DBError) -> [ColumnTypeKey: ColumnType] {
    var keys: Set<ColumnTypeKey> = []
    for row in rows {
      keys.insert(
        ColumnTypeKey(identifier: try row.decode(at: identifier), modifier: try row.decode(at: modifier)))
    }
    if keys.isEmpty { return [:] }
    let list = Array(keys)
    let found = try await self.rows(
      """
      SELECT used.type::pg_catalog.int8, used.modifier, format_type(used.type, used.modifier),
        base.oid::pg_catalog.int8, base.typtype::pg_catalog.text, base.isarray, base.typnotnull
      FROM unnest(string_to_array($1, ',')::pg_catalog.oid[], string_to_array($2, ',')::pg_catalog.int4[])
        AS used(type, modifier)
      CROSS JOIN LATERAL (
        WITH RECURSIVE step AS (
          SELECT t.oid, t.typtype, t.typbasetype, t.typnotnull, t.typelem <> 0 AND t.typlen = -1 AS isarray
          FROM pg_catalog.pg_type t WHERE t.oid = used.type
          UNION ALL
          SELECT t.oid, t.typtype, t.typbasetype, t.typnotnull OR step.typnotnull, t.typelem <> 0 AND t.typlen = -1
          FROM step JOIN pg_catalog.pg_type t ON t.oid = step.typbasetype
          WHERE step.typtype = 'd'
        )
        SELECT * FROM step WHERE typtype <> 'd'
      ) AS base
      """,
      [
        .text(list.map { String($0.identifier) }.joined(separator: ",")),
        .text(list.map { String($0.modifier) }.joined(separator: ",")),
      ])
    var types: [ColumnTypeKey: ColumnType] = [:]
    types.reserveCapacity(found.count)
    for row in found {
      let (type, modifier, name, base, form, isArray, isRequired) =
        try row.decode((Int64, Int32, String, Int64, String, Bool, Bool).self)
      types[ColumnTypeKey(identifier: type, modifier: modifier)] = ColumnType(
        type: DBType(kind(ofBase: base, form: form, isArray: isArray), nativeName: name), isNullable: !isRequired)
    }
    return types
  }

  /// What values of a type are; `form` is `pg_type.typtype`.
  private func kind(ofBase type: Int64, form: String, isArray: Bool) -> DBType.Kind {
    switch form {
    case "e": return .enumeration
    case "c": return .document
    case "r", "m": return .range
    default:
      let builtIn = UInt32(exactly: type).flatMap { PostgresBuiltinTypes.byOID[$0] }
      return builtIn?.kind ?? (isArray ? .array : .native)
    }
  }
}
