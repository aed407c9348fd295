internal import DBAdapterCore

extension PostgresCatalog {
  /// Adds the columns of every relation, in the order of the relation and numbered without the gaps of dropped ones.
  ///
  /// A default mentions no column, so it is printed without its table: with it the server opens and locks every table.
  func readColumns(_ relations: inout RelationSet) async throws(DBError) {
    let rows = try await rows(
      """
      SELECT a.attrelid::pg_catalog.int8, a.attnum, a.attname, a.atttypid::pg_catalog.int8, a.atttypmod, a.attnotnull,
        a.attidentity::pg_catalog.text, a.attgenerated::pg_catalog.text,
        pg_get_expr(e.adbin, CASE WHEN a.attgenerated = '' THEN 0 ELSE e.adrelid END, true),
        a.attcollation::pg_catalog.int8,
        NULLIF(a.attcollation, t.typcollation)::pg_catalog.regcollation::pg_catalog.text, d.description
      FROM \(Self.selected)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_catalog.pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
      LEFT JOIN pg_catalog.pg_description d
        ON d.objoid = a.attrelid AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid = a.attnum
      ORDER BY a.attrelid, a.attnum
      """, [relations.parameter])
    let types = try await types(rows, identifier: 3, modifier: 4)
    for row in rows {
      let (relation, number, name, type, modifier, isRequired) =
        try row.decode((Int64, Int16, String, Int64, Int32, Bool).self)
      let identity: String = try row.decode(at: 6)
      let generated: String = try row.decode(at: 7)
      let expression: String? = try row.decode(at: 8)
      let known = types[ColumnTypeKey(identifier: type, modifier: modifier)] ?? .unknown
      let column = ColumnInfo(
        name: name, position: 0, type: known.type, isNullable: !isRequired && known.isNullable,
        defaultText: generated.isEmpty ? expression : nil,
        generation: ColumnGeneration(identity: identity, generated: generated, expression: expression),
        collation: try row.decode(at: 10), comment: try row.decode(at: 11))
      relations.append(
        column, RelationSet.Attribute(number: number, collation: try row.decode(at: 9)), to: relation)
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
