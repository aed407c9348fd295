internal import DBAdapterCore

extension PostgresCatalog {
  /// Adds the indexes of every relation, the primary key's first, then by name.
  func readIndexes(_ relations: inout RelationSet, estimates: Bool) async throws(DBError) {
    var keys = try await indexKeys(relations)
    let rows = try await rows(
      """
      SELECT i.indrelid::pg_catalog.int8, i.indexrelid::pg_catalog.int8, c.relname, am.amname,
        pg_indexam_has_property(am.oid, 'can_order'), i.indisunique, i.indisprimary, i.indisvalid,
        pg_get_expr(i.indpred, i.indrelid, true), pg_get_indexdef(i.indexrelid), d.description,
        CASE WHEN c.relpages > 0 THEN c.relpages * current_setting('block_size')::pg_catalog.int8 END
      FROM \(Self.selected)
      JOIN pg_catalog.pg_index i ON i.indrelid = relation
      JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
      JOIN pg_catalog.pg_am am ON am.oid = c.relam
      LEFT JOIN pg_catalog.pg_description d
        ON d.objoid = c.oid AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid = 0
      ORDER BY i.indrelid, i.indisprimary DESC, c.relname
      """, [relations.parameter])
    for row in rows {
      let (relation, index, name, method, isOrdered, isUnique, isPrimary, isValid, predicate, definition, comment) =
        try row.decode(
          (Int64, Int64, String, String, Bool, Bool, Bool, Bool, String?, String?, String?).self)
      let bytes: Int64? = estimates ? try row.decode(at: 11) : nil
      var parts = keys.removeValue(forKey: index) ?? IndexParts()
      if !isOrdered { for position in parts.keys.indices { parts.keys[position].nullsFirst = nil } }
      relations.update(relation) { table in
        table.indexes.append(
          IndexInfo(
            name: name, method: method, keys: parts.keys, includedColumns: parts.included, isUnique: isUnique,
            isPrimary: isPrimary, predicate: predicate, isValid: isValid, definition: definition,
            size: bytes.map { Estimate($0, isExact: false, source: "pg_class.relpages") }, comment: comment))
      }
    }
  }

  /// The keys and included columns by index. Key by key, because an expression has no column of the table to be found
  /// by.
  private func indexKeys(_ relations: RelationSet) async throws(DBError) -> [Int64: IndexParts] {
    let rows = try await rows(
      """
      SELECT i.indrelid::pg_catalog.int8, i.indexrelid::pg_catalog.int8, key.place > i.indnkeyatts, key.number,
        CASE WHEN key.number = 0 THEN pg_get_indexdef(i.indexrelid, key.place::pg_catalog.int4, true) END,
        COALESCE(i.indoption[key.place - 1], 0::pg_catalog.int2),
        COALESCE(i.indcollation[key.place - 1], 0)::pg_catalog.int8,
        NULLIF(i.indcollation[key.place - 1], 0)::pg_catalog.regcollation::pg_catalog.text,
        CASE WHEN key.number = 0 THEN (
          SELECT t.typcollation FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
          WHERE a.attrelid = i.indexrelid AND a.attnum = key.place) END::pg_catalog.int8,
        CASE WHEN NOT o.opcdefault THEN
          CASE WHEN n.nspname <> 'pg_catalog' THEN quote_ident(n.nspname) || '.' ELSE '' END || quote_ident(o.opcname)
        END
      FROM \(Self.selected)
      JOIN pg_catalog.pg_index i ON i.indrelid = relation
      CROSS JOIN LATERAL unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS key(number, place)
      LEFT JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[key.place - 1]
      LEFT JOIN pg_catalog.pg_namespace n ON n.oid = o.opcnamespace
      ORDER BY i.indexrelid, key.place
      """, [relations.parameter])
    var parts: [Int64: IndexParts] = [:]
    parts.reserveCapacity(rows.count)
    for row in rows {
      let (relation, index, isIncluded, number, expression, option, collation, collationName) =
        try row.decode((Int64, Int64, Bool, Int16, String?, Int16, Int64, String?).self)
      let column = relations.column(number, of: relation)
      if isIncluded {
        parts[index, default: IndexParts()].included.append(column?.name ?? expression ?? "")
        continue
      }
      // Of an expression the collation of its type is its own, as far as the catalogue tells.
      let typeCollation: Int64? = try row.decode(at: 8)
      parts[index, default: IndexParts()].keys.append(
        IndexInfo.Key(
          column: column?.name, expression: expression, isDescending: option & 1 != 0, nullsFirst: option & 2 != 0,
          collation: collation == column?.collation ?? typeCollation ? nil : collationName,
          operatorClass: try row.decode(at: 9)))
    }
    return parts
  }
}

private struct IndexParts {
  var keys: [IndexInfo.Key] = []
  var included: [String] = []
}
