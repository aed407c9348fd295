internal import DBAdapterCore

extension PostgresCatalog {
  /// Adds the constraints of every relation: primary key, unique, foreign keys, checks, exclusion, each by name.
  ///
  /// Columns are listed by their place in `conkey` and `confkey`, which is what pairs the two sides of a foreign key.
  /// A foreign key to a partitioned table has a copy for each partition; the copies are not listed.
  func readConstraints(_ relations: inout RelationSet) async throws(DBError) {
    let rows = try await rows(
      """
      SELECT k.conrelid::pg_catalog.int8, k.contype::pg_catalog.text, k.conname,
        COALESCE(k.conkey, '{}'), k.condeferrable, k.condeferred, k.convalidated,
        pg_get_constraintdef(k.oid), d.description,
        CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid, true) END,
        \(since(150000, "COALESCE(i.indnullsnotdistinct, false)", else: "false")),
        n.nspname, c.relname,
        CASE WHEN k.contype = 'f' THEN ARRAY(
          SELECT a.attname
          FROM unnest(k.confkey) WITH ORDINALITY AS key(number, place)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = key.number
          ORDER BY key.place) END,
        k.confupdtype::pg_catalog.text, k.confdeltype::pg_catalog.text, k.confmatchtype::pg_catalog.text
      FROM \(Self.selected)
      JOIN pg_catalog.pg_constraint k ON k.conrelid = relation AND k.contype IN ('p', 'u', 'f', 'c', 'x')
      LEFT JOIN pg_catalog.pg_constraint original ON original.oid = k.conparentid
      LEFT JOIN pg_catalog.pg_index i ON k.contype = 'u' AND i.indexrelid = k.conindid
      LEFT JOIN pg_catalog.pg_class c ON c.oid = k.confrelid
      LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_description d
        ON d.objoid = k.oid AND d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objsubid = 0
      WHERE original.conrelid IS DISTINCT FROM k.conrelid
      ORDER BY k.conrelid, position(k.contype::pg_catalog.text IN 'pufcx'), k.conname
      """, [relations.parameter])
    for row in rows {
      let (relation, form, name, columns, isDeferrable, isDeferred, isValidated, definition, comment) =
        try row.decode((Int64, String, String, [Int16], Bool, Bool, Bool, String?, String?).self)
      let kind: ConstraintInfo.Kind =
        switch form {
        case "p": .primaryKey
        case "u": .unique(nullsNotDistinct: try row.decode(at: 10))
        case "f": .foreignKey(try reference(row))
        case "c": .check(expression: try row.decode(String?.self, at: 9) ?? "")
        default: .exclusion
        }
      let names = columns.compactMap { relations.column($0, of: relation)?.name }
      relations.update(relation) { table in
        table.constraints.append(
          ConstraintInfo(
            name: name, kind: kind, columns: names, isDeferrable: isDeferrable, isInitiallyDeferred: isDeferred,
            isValidated: isValidated, definition: definition, comment: comment))
      }
    }
  }

  private func reference(_ row: Row) throws(DBError) -> ForeignKeyReference {
    ForeignKeyReference(
      table: TableReference(schema: try row.decode(at: 11), name: try row.decode(at: 12)),
      columns: try row.decode(at: 13),
      onUpdate: action(try row.decode(at: 14)), onDelete: action(try row.decode(at: 15)),
      match: try row.decode(String.self, at: 16) == "f" ? "FULL" : "SIMPLE")
  }

  /// `pg_constraint.confupdtype` and `confdeltype`.
  private func action(_ letter: String) -> ForeignKeyReference.Action {
    switch letter {
    case "r": .restrict
    case "c": .cascade
    case "n": .setNull
    case "d": .setDefault
    default: .noAction
    }
  }
}
