internal import DBAdapterCore

extension PostgresCatalog {
  /// Adds the columns of every relation, in the order of the relation and numbered without the gaps of dropped ones.
  func readColumns(_ relations: inout RelationSet) async throws(DBError) {
    let rows = try await rows(
      """
      SELECT a.attrelid::pg_catalog.int8, a.attname, a.atttypid::pg_catalog.int8, a.atttypmod, a.attnotnull,
        a.attidentity::pg_catalog.text, a.attgenerated::pg_catalog.text, pg_get_expr(e.adbin, e.adrelid, true),
        NULLIF(a.attcollation, t.typcollation)::pg_catalog.regcollation::pg_catalog.text, d.description
      FROM \(Self.selected)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_catalog.pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
      LEFT JOIN pg_catalog.pg_description d
        ON d.objoid = a.attrelid AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid = a.attnum
      ORDER BY a.attrelid, a.attnum
      """, [relations.parameter])
    let types = try await types(rows, identifier: 2, modifier: 3)
    for row in rows {
      let (relation, name, type, modifier, isRequired, identity, generated, expression, collation, comment) =
        try row.decode(
          (Int64, String, Int64, Int32, Bool, String, String, String?, String?, String?).self)
      let known = types[ColumnTypeKey(identifier: type, modifier: modifier)] ?? .unknown
      relations.update(relation) { table in
        table.columns.append(
          ColumnInfo(
            name: name, position: table.columns.count + 1, type: known.type, isNullable: !isRequired && known.isNullable,
            defaultText: generated.isEmpty ? expression : nil,
            generation: ColumnGeneration(identity: identity, generated: generated, expression: expression),
            collation: collation, comment: comment))
      }
    }
  }
}

extension ColumnGeneration {
  /// `pg_attribute.attidentity` and `attgenerated`.
  fileprivate init?(identity: String, generated: String, expression: String?) {
    switch (identity, generated) {
    case ("", ""): return nil
    case (_, ""): self = .identity(always: identity == "a")
    default: self = .computed(expression: expression ?? "", isStored: generated == "s")
    }
  }
}
