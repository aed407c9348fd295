public import DBAdapterCore

extension PostgresAdapter: PrivilegeReporting {
  /// What the role may do beyond reading and writing tables: attributes of the role (CREATE ROLE), membership in the server's own
  /// roles ("Predefined Roles"), and rights in the database. One round trip.
  /// - Throws: whatever the server says; ``DBError/Code-swift.struct/timeout`` after ten seconds.
  public func privileges() async throws(DBError) -> SessionPrivileges {
    let rows = try await catalogQuery(Self.privilegeQuery, deadline: Deadline(after: .seconds(10)))
    guard let row = rows.first, case .text(let user) = row[0] else {
      throw DBError(.protocolViolation, "the server did not say what the role may do", adapter: .postgres)
    }
    var findings: [SessionPrivileges.Finding] = []
    for (column, (kind, detail)) in Self.privilegeFindings.enumerated() where row[column + 2] == .bool(true) {
      findings.append(SessionPrivileges.Finding(kind, detail))
    }
    return SessionPrivileges(user: user, mayWrite: row[1] == .bool(true), findings: findings)
  }

  /// In the order of the query's columns, the worst first.
  private static let privilegeFindings = [
    ("superuser", "is a superuser: no right of the server holds for it"),
    ("runsPrograms", "may run programs on the server (member of pg_execute_server_program)"),
    ("writesServerFiles", "may write files of the server (member of pg_write_server_files)"),
    ("readsServerFiles", "may read files of the server (member of pg_read_server_files)"),
    ("administersRoles", "may make and change roles (CREATEROLE)"),
    ("replicates", "may copy the whole server (REPLICATION)"),
    ("bypassesRowSecurity", "sees rows that policies hide (BYPASSRLS)"),
    ("signalsSessions", "may cancel and end the sessions of others (member of pg_signal_backend)"),
    ("writesAllData", "may write every table (member of pg_write_all_data)"),
    ("createsDatabases", "may make databases (CREATEDB)"),
    ("ownsDatabase", "owns the database, and may drop it"),
    ("createsSchemas", "may make schemas in the database (CREATE)"),
  ]

  /// `to_regrole` leaves out roles that an older server does not have.
  private static let privilegeQuery = """
    SELECT r.rolname::text,
      r.rolsuper OR EXISTS (
        SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
          AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
          AND pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')),
      r.rolsuper,
      \(member("pg_execute_server_program")), \(member("pg_write_server_files")), \(member("pg_read_server_files")),
      r.rolcreaterole, r.rolreplication, r.rolbypassrls,
      \(member("pg_signal_backend")), \(member("pg_write_all_data")),
      r.rolcreatedb, d.datdba = r.oid, pg_catalog.has_database_privilege(d.oid, 'CREATE')
    FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
    WHERE r.rolname = current_user AND d.datname = pg_catalog.current_database()
    """

  private static func member(_ role: String) -> String {
    "coalesce(pg_catalog.pg_has_role(r.oid, pg_catalog.to_regrole('\(role)')::oid, 'MEMBER'), false)"
  }
}
