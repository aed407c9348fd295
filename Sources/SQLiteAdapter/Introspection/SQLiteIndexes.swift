internal import DBAdapterCore

/// The indexes of tables, those behind keys included.
struct SQLiteIndexes {
  struct Key {
    /// `nil` for an expression.
    var column: String?
    var isDescending: Bool
    var collation: String
  }

  struct Index {
    var name: String
    var isUnique: Bool
    /// `c` for CREATE INDEX, `u` for UNIQUE, `pk` for PRIMARY KEY.
    var origin: String
    var isPartial: Bool
    var keys: [Key] = []
  }

  private var indexes: [SQLiteTableKey: [Index]] = [:]

  init(_ session: SQLiteSession, _ selection: SQLiteTableSelection) throws(DBError) {
    // CROSS JOIN keeps the order: a pragma function without its argument returns nothing.
    let rows = try selection.rows(
      """
      SELECT chosen.schema, chosen.name, i.name, i."unique", i.origin, i.partial, k.cid, k.name, k."desc", k.coll
      FROM chosen CROSS JOIN pragma_index_list(chosen.name, chosen.schema) AS i
      CROSS JOIN pragma_index_xinfo(i.name, chosen.schema) AS k
      WHERE chosen.type IN ('table', 'shadow') AND k.key = 1
      ORDER BY chosen.schema, chosen.name, i.name, k.seqno
      """)
    for row in rows {
      let table = SQLiteTableKey(schema: row[0].description, name: row[1].description)
      let name = row[2].description
      if indexes[table]?.last?.name != name {
        indexes[table, default: []].append(
          Index(name: name, isUnique: row[3] == .int(1), origin: row[4].description, isPartial: row[5] == .int(1)))
      }
      let column: String? =
        switch row[6] {
        case .int(-2): nil
        case .int(-1): "rowid"
        default: row[7].description
        }
      let last = (indexes[table]?.count ?? 1) - 1
      indexes[table]?[last].keys.append(
        Key(column: column, isDescending: row[8] == .int(1), collation: row[9].description))
    }
  }

  func of(_ table: SQLiteTableKey) -> [Index] { indexes[table] ?? [] }
}

extension SQLiteIndexes.Index {
  /// - Parameters:
  ///   - definition: the text of its `CREATE INDEX`; `nil` behind a key.
  ///   - table: the text of its table, for the collations columns have themselves.
  func info(_ definition: String?, _ table: SQLiteTableDDL?) -> IndexInfo {
    var parser = definition.map { SQLiteDDLParser($0) }
    let (expressions, predicate) = parser?.readIndex() ?? ([], nil)
    let keys = self.keys.enumerated().map { index, key in
      let own = key.column.flatMap { table?.column($0)?.collation } ?? "BINARY"
      return IndexInfo.Key(
        column: key.column, expression: key.column == nil && index < expressions.count ? expressions[index] : nil,
        isDescending: key.isDescending, collation: key.collation.uppercased() == own.uppercased() ? nil : key.collation)
    }
    return IndexInfo(
      name: name, method: "btree", keys: keys, isUnique: isUnique, isPrimary: origin == "pk",
      predicate: isPartial ? predicate : nil, definition: definition)
  }
}
