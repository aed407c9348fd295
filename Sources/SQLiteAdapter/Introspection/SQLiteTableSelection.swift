internal import DBAdapterCore
internal import DBSQLSupport

/// A table by database and name, as the catalogue spells them.
struct SQLiteTableKey: Hashable {
  var schema: String
  var name: String
}

/// A table-like object of the catalogue.
struct SQLiteTable {
  var key: SQLiteTableKey
  /// `table`, `view`, `virtual` or `shadow`.
  var type: String
  var options: [String]

  /// Whether its text is a `CREATE TABLE`.
  var hasConstraints: Bool { type == "table" || type == "shadow" }

  var info: TableInfo {
    let kind: TableKind =
      switch type {
      case "view": .view
      case "virtual": .virtualTable
      case "shadow": .other("shadow table")
      default: key.schema == "temp" ? .temporaryTable : .table
      }
    return TableInfo(reference: TableReference(schema: key.schema, name: key.name), kind: kind)
  }
}

/// Which tables are asked for, as the innermost part of every statement about them.
struct SQLiteTableSelection {
  /// The databases looked at, in the order in which SQLite looks up names.
  let schemas: [String]
  private let session: SQLiteSession
  private let condition: String
  private let values: [DBValue]
  private let limit: Int?

  init(_ session: SQLiteSession, schema: String?, _ options: ListOptions) throws(DBError) {
    self.session = session
    schemas = try Self.schemas(session, schema)
    var condition = options.includesSystem ? "true" : "type <> 'shadow' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    if options.nameGlob != nil { condition += " AND name LIKE ?1 ESCAPE '\\'" }
    self.condition = condition
    values = options.nameGlob.map { [.text(GlobPattern.like($0))] } ?? []
    // One more than asked for shows that there is more.
    limit = options.limit.map { max(0, $0) + 1 }
  }

  init(_ session: SQLiteSession, _ table: TableReference) throws(DBError) {
    self.session = session
    schemas = try Self.schemas(session, table.schema)
    condition = "name = ?1 COLLATE NOCASE"
    values = [.text(table.name)]
    limit = nil
  }

  private static func schemas(_ session: SQLiteSession, _ wanted: String?) throws(DBError) -> [String] {
    let rows = try session.rows("SELECT name FROM pragma_database_list ORDER BY name <> 'temp', seq")
    let all = rows.map { $0[0].description }
    guard let wanted else { return all }
    guard let found = all.first(where: { $0.lowercased() == wanted.lowercased() }) else {
      throw DBError(
        .objectNotFound, "there is no database \"\(wanted)\" in this session; there are \(all.joined(separator: ", "))",
        adapter: .sqlite)
    }
    return [found]
  }

  /// Runs a query over `chosen(schema, name, type, wr, strict)`, the tables asked for.
  func rows(_ query: String) throws(DBError) -> RowBatch {
    let list = schemas.map(Self.literal).joined(separator: ", ")
    return try session.rows(
      """
      WITH chosen AS MATERIALIZED (
        SELECT schema, name, type, wr, strict FROM pragma_table_list
        WHERE schema IN (\(list)) AND \(condition) ORDER BY schema, name LIMIT \(limit ?? -1))
      \(query)
      """, values)
  }

  func tables() throws(DBError) -> [SQLiteTable] {
    try rows("SELECT schema, name, type, wr, strict FROM chosen ORDER BY schema, name").map { row in
      SQLiteTable(
        key: SQLiteTableKey(schema: row[0].description, name: row[1].description), type: row[2].description,
        options: (row[4] == .int(1) ? ["STRICT"] : []) + (row[3] == .int(1) ? ["WITHOUT ROWID"] : []))
    }
  }

  /// A text as an SQL string.
  static func literal(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
  }
}
