internal import DBAdapterCore
internal import DBSQLSupport

/// How large tables are: rows from the last ANALYZE (sqlite.org/fileformat2.html#stat1tab), bytes from `dbstat` (sqlite.org/dbstat.html).
struct SQLiteEstimates {
  private var rows: [SQLiteTableKey: Int64] = [:]
  private var bytes: [SQLiteTableKey: Int64] = [:]

  /// `dbstat` reads every page, so that it is only asked of databases up to this size.
  private static let largestMeasured: Int64 = 256 << 20

  init() {}

  init(_ session: SQLiteSession, _ selection: SQLiteTableSelection) throws(DBError) {
    try readRows(session, selection)
    if SQLiteLibrary.hasCompileOption("ENABLE_DBSTAT_VTAB") { try readSizes(session, selection) }
  }

  private mutating func readRows(_ session: SQLiteSession, _ selection: SQLiteTableSelection) throws(DBError) {
    let analyzed = try session.rows("SELECT schema FROM pragma_table_list WHERE name = 'sqlite_stat1'")
      .map { $0[0].description }.filter(selection.schemas.contains)
    guard !analyzed.isEmpty else { return }
    var parts: [String] = []
    for schema in analyzed {
      // The first number of each line counts the rows; a partial index counts fewer.
      parts.append(
        """
        SELECT \(SQLiteTableSelection.literal(schema)), tbl, max(CAST(stat AS INTEGER)) \
        FROM \(try SQLIdentifier.quoted(schema)).sqlite_stat1 GROUP BY tbl
        """)
    }
    for row in try session.rows(parts.joined(separator: " UNION ALL ")) {
      guard case .int(let count) = row[2] else { continue }
      rows[SQLiteTableKey(schema: row[0].description, name: row[1].description)] = count
    }
  }

  private mutating func readSizes(_ session: SQLiteSession, _ selection: SQLiteTableSelection) throws(DBError) {
    var parts: [String] = []
    for schema in selection.schemas {
      let literal = SQLiteTableSelection.literal(schema)
      parts.append(
        """
        SELECT \(literal), name, pgsize FROM dbstat WHERE schema = \(literal) AND aggregate = 1 \
        AND (SELECT page_count FROM pragma_page_count WHERE schema = \(literal)) \
        * (SELECT page_size FROM pragma_page_size WHERE schema = \(literal)) <= \(Self.largestMeasured)
        """)
    }
    for row in try session.rows(parts.joined(separator: " UNION ALL ")) {
      guard case .int(let size) = row[2] else { continue }
      bytes[SQLiteTableKey(schema: row[0].description, name: row[1].description)] = size
    }
  }

  func complete(_ table: TableInfo) -> TableInfo {
    var table = table
    let key = SQLiteTableKey(schema: table.reference.schema ?? "main", name: table.reference.name)
    table.rows = rows[key].map { Estimate($0, isExact: false, source: "sqlite_stat1") }
    table.size = bytes[key].map { Estimate($0, isExact: true, source: "dbstat") }
    return table
  }

  func size(ofIndex name: String, in schema: String) -> Estimate? {
    bytes[SQLiteTableKey(schema: schema, name: name)].map { Estimate($0, isExact: true, source: "dbstat") }
  }
}
