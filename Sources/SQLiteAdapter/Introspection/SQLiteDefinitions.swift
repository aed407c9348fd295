internal import DBAdapterCore
internal import DBSQLSupport

/// The texts that `sqlite_schema` keeps (sqlite.org/schematab.html).
struct SQLiteDefinitions {
  private var tables: [SQLiteTableKey: String] = [:]
  private var indexes: [SQLiteTableKey: String] = [:]

  init(_ session: SQLiteSession, _ selection: SQLiteTableSelection) throws(DBError) {
    var parts: [String] = []
    for schema in selection.schemas {
      parts.append(
        """
        SELECT \(SQLiteTableSelection.literal(schema)) AS schema, type, name, sql, tbl_name \
        FROM \(try SQLIdentifier.quoted(schema)).sqlite_schema
        """)
    }
    let rows = try selection.rows(
      """
      SELECT d.schema, d.type, d.name, d.sql FROM (\(parts.joined(separator: " UNION ALL "))) AS d
      JOIN chosen ON chosen.schema = d.schema AND chosen.name = d.tbl_name
      WHERE d.sql IS NOT NULL AND d.type IN ('table', 'view', 'index')
      """)
    for row in rows {
      let key = SQLiteTableKey(schema: row[0].description, name: row[2].description)
      if row[1] == .text("index") { indexes[key] = row[3].description } else { tables[key] = row[3].description }
    }
  }

  func table(_ key: SQLiteTableKey) -> String? { tables[key] }

  func index(_ index: SQLiteIndexes.Index, of table: SQLiteTableKey) -> String? {
    indexes[SQLiteTableKey(schema: table.schema, name: index.name)]
  }

  /// The query of a view, behind `CREATE VIEW … AS`.
  func viewQuery(_ key: SQLiteTableKey) -> String? { tables[key].map { Self.text($0, behind: "AS") ?? $0 } }

  /// `USING fts5(title, body)` of a virtual table.
  func module(_ table: SQLiteTable) -> [String] {
    guard table.type == "virtual", let text = tables[table.key] else { return [] }
    return Self.text(text, behind: "USING").map { ["USING \($0)"] } ?? []
  }

  private static func text(_ definition: String, behind word: String) -> String? {
    var tokenizer = SQLiteTokenizer(definition)
    while let token = tokenizer.next() {
      guard tokenizer.bytes.keyword(token) == word, let next = tokenizer.next() else { continue }
      return tokenizer.bytes.text(next.range.lowerBound..<tokenizer.bytes.count)
    }
    return nil
  }
}
