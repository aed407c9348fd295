internal import DBAdapterCore
internal import DBPlatform
internal import DBRendering

/// What the `conn` commands print of stored connections.
enum ConnOutput {
  /// Says that a connection was stored.
  static func write(
    stored connection: StoredConnection, _ report: ConnectionReport?, as output: DocumentOutputOptions, console: Console
  ) throws {
    if let error = report?.error { console.note(Messages.storedUntested(SafeText(error.message).text)) }
    for warning in report?.warnings ?? [] { console.note(Messages.privilege(SafeText(warning).text)) }
    try output.write(output.isJSON ? document(connection) : Messages.stored(connection) + "\n")
  }

  /// The connection as JSON of kind `connection`.
  static func document(_ connection: StoredConnection, url: String? = nil, reference: String? = nil) -> String {
    DocumentOutputOptions.document("connection") { fields in
      connection.write(to: &fields)
      if let url { fields.member("url", url) }
      if let reference { fields.member("passwordRef", reference) }
    }
  }

  /// Connections as JSON of kind `connections`.
  static func document(_ connections: [StoredConnection]) -> String {
    DocumentOutputOptions.document("connections") { fields in
      fields.member("connections") { list in
        list.array { writer in
          for connection in connections { writer.object { connection.write(to: &$0) } }
        }
      }
    }
  }

  /// One row a connection.
  static func rows(_ connections: [StoredConnection]) -> RowBatch {
    ListingRows.texts(
      ["name", "engine", "host", "port", "database", "access", "status", "last_used"],
      connections.map { it in
        [
          it.name, it.kind.rawValue, it.host, it.port.map { "\($0)" }, it.database, it.access.storedName,
          it.status.rawValue, it.lastUsedAt?.description,
        ]
      })
  }
}
