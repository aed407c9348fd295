internal import DBAdapterCore
internal import DBSQLSupport

extension PostgresCatalog {
  /// Namespaces `n` that are nobody else's: the temporary schemas of other sessions are left out.
  static let isReachable = "(n.nspname !~ '^pg_(toast_)?temp_' OR n.oid = pg_my_temp_schema())"
  /// Namespaces `n` that belong to the engine. Names in `pg_` are reserved for it, but a session's temporary tables are
  /// the user's.
  static let isSystem =
    "(n.nspname = 'information_schema' OR n.nspname LIKE 'pg\\_%' AND n.oid <> pg_my_temp_schema())"

  func schemas(_ options: ListOptions) async throws(DBError) -> Listing<SchemaInfo> {
    let rows = try await rows(
      """
      SELECT n.nspname, pg_get_userbyid(n.nspowner), d.description, \(Self.isSystem)
      FROM pg_catalog.pg_namespace n
      LEFT JOIN pg_catalog.pg_description d
        ON d.objoid = n.oid AND d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.objsubid = 0
      WHERE \(Self.isReachable)
        AND ($1::pg_catalog.bool OR NOT \(Self.isSystem))
        AND ($2::pg_catalog.text IS NULL OR n.nspname LIKE $2)
      ORDER BY n.nspname
      LIMIT $3::pg_catalog.int8
      """,
      [.bool(options.includesSystem), options.namePattern, options.rowsToRead])
    var schemas: [SchemaInfo] = []
    schemas.reserveCapacity(rows.count)
    for row in rows {
      let (name, owner, comment, isSystem) = try row.decode((String, String, String?, Bool).self)
      schemas.append(SchemaInfo(name: name, owner: owner, comment: comment, isSystem: isSystem))
    }
    return options.listing(schemas, "schemas")
  }

  /// - Throws: ``DBError/Code-swift.struct/objectNotFound`` when there is no such schema.
  func requireSchema(_ name: String) async throws(DBError) {
    let rows = try await rows(
      "SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE \(Self.isReachable) ORDER BY n.nspname")
    var names: [String] = []
    for row in rows { names.append(try row.decode(at: 0)) }
    if names.contains(name) || name == "pg_temp" { return }
    throw DBError(.objectNotFound, "there is no schema \(name)" + suggestion(closest(to: name, in: names)))
  }
}

extension ListOptions {
  /// The glob as `LIKE` takes it, or null.
  var namePattern: DBValue { nameGlob.map { .text(GlobPattern.like($0)) } ?? .null }

  /// One row more than is listed tells a complete listing from a cut one; null reads all.
  var rowsToRead: DBValue { limit.map { .int(Int64(max(0, $0)) + 1) } ?? .null }

  /// What was read, cut to the limit.
  func listing<Item>(_ items: [Item], _ noun: String) -> Listing<Item> {
    guard let limit, items.count > max(0, limit) else { return Listing(items) }
    return Listing(
      Array(items.prefix(max(0, limit))), completeness: .partial(reason: "there are more than \(limit) \(noun)"))
  }
}
