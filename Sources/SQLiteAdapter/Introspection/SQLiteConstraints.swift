internal import DBAdapterCore

/// The foreign keys of tables.
struct SQLiteForeignKeys {
  struct ForeignKey {
    var columns: [String] = []
    var parent: String
    var parentColumns: [String] = []
    var onUpdate: String
    var onDelete: String
  }

  private var keys: [SQLiteTableKey: [ForeignKey]] = [:]

  init(_ session: SQLiteSession, _ selection: SQLiteTableSelection) throws(DBError) {
    // SQLite counts the keys of a table backwards; a key that names no columns of its parent means the parent's primary key.
    let rows = try selection.rows(
      """
      SELECT chosen.schema, chosen.name, f.id, f."table", f."from", f.on_update, f.on_delete,
        coalesce(f."to", (SELECT p.name FROM pragma_table_info(f."table", chosen.schema) AS p WHERE p.pk = f.seq + 1))
      FROM chosen CROSS JOIN pragma_foreign_key_list(chosen.name, chosen.schema) AS f
      WHERE chosen.type = 'table' ORDER BY chosen.schema, chosen.name, f.id DESC, f.seq
      """)
    var previous: (SQLiteTableKey, DBValue)?
    for row in rows {
      let table = SQLiteTableKey(schema: row[0].description, name: row[1].description)
      if previous?.0 != table || previous?.1 != row[2] {
        keys[table, default: []].append(
          ForeignKey(parent: row[3].description, onUpdate: row[5].description, onDelete: row[6].description))
      }
      previous = (table, row[2])
      let last = (keys[table]?.count ?? 1) - 1
      keys[table]?[last].columns.append(row[4].description)
      if !row[7].isNull { keys[table]?[last].parentColumns.append(row[7].description) }
    }
  }

  func of(_ table: SQLiteTableKey) -> [ForeignKey] { keys[table] ?? [] }
}

/// The constraints of one table: what the pragmas say, with what only the text says.
enum SQLiteConstraints {
  static func all(
    primaryKey: [String], indexes: [SQLiteIndexes.Index], foreignKeys: [SQLiteForeignKeys.ForeignKey],
    _ table: SQLiteTable,
    _ ddl: SQLiteTableDDL?
  ) -> [ConstraintInfo] {
    var constraints: [ConstraintInfo] = []
    if !primaryKey.isEmpty {
      let written = ddl?.constraint(.primaryKey, primaryKey)
      constraints.append(
        ConstraintInfo(name: written?.name, kind: .primaryKey, columns: primaryKey, definition: written?.definition))
    }
    for index in indexes where index.origin == "u" {
      let columns = index.keys.compactMap(\.column)
      let written = ddl?.constraint(.unique, columns)
      constraints.append(
        ConstraintInfo(
          name: written?.name, kind: .unique(nullsNotDistinct: false), columns: columns, definition: written?.definition
        ))
    }
    constraints += Self.foreignKeys(foreignKeys, table, ddl)
    for constraint in ddl?.constraints ?? [] {
      guard case .check(let expression) = constraint.kind else { continue }
      constraints.append(
        ConstraintInfo(
          name: constraint.name, kind: .check(expression: expression), columns: constraint.columns,
          definition: constraint.definition))
    }
    return constraints
  }

  private static func foreignKeys(
    _ keys: [SQLiteForeignKeys.ForeignKey], _ table: SQLiteTable, _ ddl: SQLiteTableDDL?
  ) -> [ConstraintInfo] {
    let written = ddl?.constraints.filter { $0.kind == .foreignKey } ?? []
    return keys.enumerated().map { index, key in
      // Both are in the order of the text.
      let text = written.count == keys.count ? written[index] : nil
      return ConstraintInfo(
        name: text?.name,
        kind: .foreignKey(
          ForeignKeyReference(
            table: TableReference(schema: table.key.schema, name: key.parent), columns: key.parentColumns,
            onUpdate: ForeignKeyReference.Action(rawValue: key.onUpdate) ?? .noAction,
            onDelete: ForeignKeyReference.Action(rawValue: key.onDelete) ?? .noAction, match: text?.match ?? "SIMPLE")),
        columns: key.columns, isDeferrable: text?.isDeferrable ?? false,
        isInitiallyDeferred: text?.isInitiallyDeferred ?? false, definition: text?.definition)
    }
  }
}
