internal import DBAdapterCore

/// The columns of tables and views.
struct SQLiteColumns {
  private struct Entry {
    var name: String
    var type: String
    var isNotNull: Bool
    var defaultText: String?
    var keyPosition: Int64
    /// 1 hidden in a virtual table, 2 generated, 3 generated and stored.
    var hidden: Int64
  }

  private var entries: [SQLiteTableKey: [Entry]] = [:]
  private var broken: [SQLiteTableKey: String] = [:]

  private static let query = """
    SELECT chosen.schema, chosen.name, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden
    FROM chosen CROSS JOIN pragma_table_xinfo(chosen.name, chosen.schema) AS x
    """

  init(_ session: SQLiteSession, _ selection: SQLiteTableSelection, _ tables: [SQLiteTable]) throws(DBError) {
    take(try selection.rows(Self.query + " WHERE chosen.type IN ('table', 'shadow')"))
    guard tables.contains(where: { !$0.hasConstraints }) else { return }
    do throws(DBError) {
      take(try selection.rows(Self.query + " WHERE chosen.type NOT IN ('table', 'shadow')"))
    } catch  where error.code == .objectNotFound || error.code == .syntaxError || error.code == .serverError {
      try takeOneByOne(session, tables.filter { !$0.hasConstraints })
    }
  }

  /// A view may name a table that is gone, and a virtual table a module that is not there. One such must not hide the others.
  private mutating func takeOneByOne(_ session: SQLiteSession, _ tables: [SQLiteTable]) throws(DBError) {
    for table in tables {
      do throws(DBError) {
        take(
          try session.rows(
            "SELECT ?2, ?1, name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1, ?2)",
            [.text(table.key.name), .text(table.key.schema)]))
      } catch  where error.code != .cancelled && error.code != .timeout {
        broken[table.key] = error.message
      }
    }
  }

  private mutating func take(_ rows: RowBatch) {
    for row in rows {
      guard case .int(let key) = row[6], case .int(let hidden) = row[7] else { continue }
      let table = SQLiteTableKey(schema: row[0].description, name: row[1].description)
      entries[table, default: []].append(
        Entry(
          name: row[2].description, type: row[3].isNull ? "" : row[3].description, isNotNull: row[4] != .int(0),
          defaultText: row[5].isNull ? nil : row[5].description, keyPosition: key, hidden: hidden))
    }
  }

  /// Why the columns of a view could not be read.
  func problems(of table: SQLiteTableKey) -> [String] { broken[table].map { ["INVALID: \($0)"] } ?? [] }

  func of(
    _ table: SQLiteTable, _ ddl: SQLiteTableDDL?, hasPrimaryIndex: Bool
  ) -> (columns: [ColumnInfo], primaryKey: [String]) {
    let all = entries[table.key] ?? []
    let key = all.filter { $0.keyPosition > 0 }.sorted { $0.keyPosition < $1.keyPosition }
    // sqlite.org/lang_createtable.html#rowid: only INTEGER, alone, in a rowid table, names the rowid.
    let alias =
      key.count == 1 && key[0].type.uppercased() == "INTEGER" && !hasPrimaryIndex && table.type == "table"
        && !table.options.contains("WITHOUT ROWID") ? key[0].name : nil
    let shown = all.filter { $0.hidden != 1 }
    let columns = shown.enumerated().map { index, entry in
      let definition = ddl?.column(entry.name)
      let isAlias = entry.name == alias
      var generation: ColumnGeneration?
      if isAlias { generation = .identity(always: false) }
      if entry.hidden > 1 {
        generation = .computed(expression: definition?.generatedExpression ?? "", isStored: entry.hidden == 3)
      }
      return ColumnInfo(
        name: entry.name, position: index + 1, type: SQLiteDeclaredType.type(entry.type),
        isNullable: !entry.isNotNull && !isAlias, defaultText: entry.defaultText, generation: generation,
        collation: definition?.collation)
    }
    return (columns, key.map(\.name))
  }
}
