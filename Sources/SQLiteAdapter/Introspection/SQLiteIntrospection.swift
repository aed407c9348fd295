internal import DBAdapterCore
internal import DBSQLSupport

/// Reads the catalogue of a database through the pragma functions (sqlite.org/pragma.html#pragfunc), joined so that the number of statements does
/// not grow with the number of tables.
struct SQLiteIntrospection {
  let session: SQLiteSession

  init(_ session: SQLiteSession) { self.session = session }

  // MARK: Databases

  func schemas(_ options: ListOptions) throws(DBError) -> Listing<SchemaInfo> {
    let rows = try session.rows(
      "SELECT name FROM pragma_database_list WHERE ?1 IS NULL OR name LIKE ?1 ESCAPE '\\' ORDER BY name",
      [options.nameGlob.map { .text(GlobPattern.like($0)) } ?? .null])
    let schemas = rows.map { SchemaInfo(name: $0[0].description, isSystem: $0[0] == .text("temp")) }
    return Self.limited(schemas.filter { options.includesSystem || !$0.isSystem || isUsed("temp") }, options.limit)
  }

  /// The temporary database is listed once it holds something.
  private func isUsed(_ schema: String) -> Bool {
    let rows = try? session.rows(
      "SELECT 1 FROM pragma_table_list WHERE schema = ?1 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'", [.text(schema)])
    return rows?.isEmpty == false
  }

  // MARK: Tables

  func tables(in schema: String?, _ options: ListOptions) throws(DBError) -> Listing<TableInfo> {
    let selection = try SQLiteTableSelection(session, schema: schema, options)
    let tables = try selection.tables()
    let estimates = options.includesEstimates ? try SQLiteEstimates(session, selection) : SQLiteEstimates()
    return Self.limited(tables.map { estimates.complete($0.info) }, options.limit)
  }

  func describeTables(in schema: String?, _ options: ListOptions) throws(DBError) -> Listing<TableDescription> {
    let selection = try SQLiteTableSelection(session, schema: schema, options)
    return Self.limited(try describe(selection, withEstimates: options.includesEstimates), options.limit)
  }

  /// Without a schema the name is looked up as SQLite does: temporary tables first, then `main`, then what is attached.
  func describe(_ table: TableReference, _ options: DescribeOptions) throws(DBError) -> TableDescription {
    let selection = try SQLiteTableSelection(session, table)
    let found = try describe(selection, withEstimates: options.includesEstimates)
    let order = selection.schemas
    let first = found.min {
      (order.firstIndex(of: $0.table.reference.schema ?? "") ?? 0)
        < (order.firstIndex(of: $1.table.reference.schema ?? "") ?? 0)
    }
    guard let first else { throw DBError(.objectNotFound, "there is no table or view \(table)", adapter: .sqlite) }
    return first
  }

  private func describe(
    _ selection: SQLiteTableSelection, withEstimates: Bool
  ) throws(DBError) -> [TableDescription] {
    let tables = try selection.tables()
    let definitions = try SQLiteDefinitions(session, selection)
    let columns = try SQLiteColumns(session, selection, tables)
    let indexes = try SQLiteIndexes(session, selection)
    let foreignKeys = try SQLiteForeignKeys(session, selection)
    let estimates = withEstimates ? try SQLiteEstimates(session, selection) : SQLiteEstimates()
    return tables.map { table in
      let ddl = table.hasConstraints ? definitions.table(table.key).map(SQLiteTableDDL.init) : nil
      let keys = indexes.of(table.key)
      let parts = columns.of(table, ddl, hasPrimaryIndex: keys.contains { $0.origin == "pk" })
      return TableDescription(
        table: estimates.complete(table.info), columns: parts.columns,
        constraints: SQLiteConstraints.all(
          primaryKey: parts.primaryKey, indexes: keys, foreignKeys: foreignKeys.of(table.key), table, ddl),
        indexes: keys.map { index in
          var info = index.info(definitions.index(index, of: table.key), ddl)
          info.size = estimates.size(ofIndex: index.name, in: table.key.schema)
          return info
        },
        viewDefinition: table.type == "view" ? definitions.viewQuery(table.key) : nil,
        options: table.options + (ddl?.columns.contains { $0.isAutoincrement } == true ? ["AUTOINCREMENT"] : [])
          + definitions.module(table) + columns.problems(of: table.key))
    }
  }

  private static func limited<T>(_ items: [T], _ limit: Int?) -> Listing<T> {
    guard let limit, items.count > limit else { return Listing(items) }
    return Listing(
      Array(items.prefix(max(0, limit))), completeness: .partial(reason: "only the first \(limit) are listed"))
  }
}
