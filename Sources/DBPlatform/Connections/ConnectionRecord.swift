internal import DBAdapterCore

/// A row of `platform_connections`.
struct ConnectionRecord: Sendable {
  /// The names under which the two secrets of a record are sealed.
  static let stringField = "connection_string"
  static let referenceField = "password_reference"

  var connection: StoredConnection
  var sealedString: String
  var sealedReference: String?

  /// All connections, or one.
  static func read(named name: String? = nil, _ session: DatabaseSession) async throws -> [ConnectionRecord] {
    let columns = """
      id, name, project_id, type, connection_string, password_reference, host, port, db_name, status, access, config, \
      created_at, updated_at, last_used_at
      """
    let result =
      if let name {
        try await session.execute(
          "SELECT \(unsafeText: columns) FROM platform_connections WHERE name = \(name)")
      } else {
        try await session.execute("SELECT \(unsafeText: columns) FROM platform_connections ORDER BY name")
      }
    return try result.rows.map { try ConnectionRecord($0) }
  }

  private init(_ row: Row) throws(DBError) {
    func text(_ column: String) throws(DBError) -> String? { try row.decode(String?.self, at: column) }
    func moment(_ column: String) throws(DBError) -> DBTimestamp? {
      guard let text = try text(column) else { return nil }
      guard let moment = DBTimestamp(text) else { throw Self.damaged(column) }
      return moment
    }
    guard let id = DBUUID(try row.decode(String.self, at: "id")) else { throw Self.damaged("id") }
    guard let status = try text("status").flatMap({ StoredConnection.Status(rawValue: $0) }) else {
      throw Self.damaged("status")
    }
    guard let access = try text("access").flatMap({ AccessLevel(storedName: $0) }) else { throw Self.damaged("access") }
    guard let created = try moment("created_at"), let updated = try moment("updated_at") else {
      throw Self.damaged("created_at")
    }
    sealedString = try row.decode(String.self, at: "connection_string")
    sealedReference = try text("password_reference")
    connection = StoredConnection(
      id: id, name: try row.decode(String.self, at: "name"), projectID: try text("project_id"),
      kind: DatabaseKind(rawValue: try row.decode(String.self, at: "type")), host: try text("host"),
      port: try row.decode(UInt16?.self, at: "port"), database: try text("db_name"), status: status, access: access,
      configuration: DBJSON(try row.decode(String.self, at: "config")), createdAt: created, updatedAt: updated,
      lastUsedAt: try moment("last_used_at"), hasPasswordReference: sealedReference != nil)
  }

  init(_ connection: StoredConnection, sealedString: String, sealedReference: String?) {
    self.connection = connection
    self.sealedString = sealedString
    self.sealedReference = sealedReference
  }

  func insert(_ session: DatabaseSession) async throws {
    let it = connection
    try await session.execute(
      """
      INSERT INTO platform_connections (
        id, name, project_id, type, connection_string, password_reference, host, port, db_name, status, access, config,
        created_at, updated_at, last_used_at)
      VALUES (
        \(it.id.description), \(it.name), \(it.projectID), \(it.kind.rawValue), \(sealedString), \(sealedReference),
        \(it.host), \(it.port.map { Int($0) }), \(it.database), \(it.status.rawValue), \(it.access.storedName),
        \(it.configuration.text), \(it.createdAt.description), \(it.updatedAt.description),
        \(it.lastUsedAt?.description))
      """)
  }

  /// - Parameter basis: when the record that is replaced was changed last.
  /// - Returns: whether it was still there.
  func update(from basis: DBTimestamp, _ session: DatabaseSession) async throws -> Bool {
    let it = connection
    let result = try await session.execute(
      """
      UPDATE platform_connections SET
        name = \(it.name), project_id = \(it.projectID), type = \(it.kind.rawValue),
        connection_string = \(sealedString), password_reference = \(sealedReference), host = \(it.host),
        port = \(it.port.map { Int($0) }), db_name = \(it.database), status = \(it.status.rawValue),
        access = \(it.access.storedName), config = \(it.configuration.text), updated_at = \(it.updatedAt.description)
      WHERE id = \(it.id.description) AND updated_at = \(basis.description)
      """)
    return result.affectedRows == 1
  }

  private static func damaged(_ column: String) -> DBError {
    DBError(
      .decodingFailed, "a stored connection has a \(column) that bosdb did not write; restore the store, or remove it")
  }
}
