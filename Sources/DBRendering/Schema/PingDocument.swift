public import DBAdapterCore

/// Whether a database answers, as JSON: kind `ping`.
public struct PingDocument: Sendable {
  /// The document, ending in a line break.
  public let text: String

  /// It answered.
  public init(_ server: ServerInfo, elapsed: Duration, engine: DatabaseKind) {
    self.init(isReady: true, engine) { fields in
      fields.member("product", server.product)
      fields.member("version", server.version)
      fields.member("endpoint", server.endpoint)
      fields.member("database", server.database)
      fields.member("user", server.user)
      fields.member("role", server.role)
      fields.member("encryption", server.encryption)
      fields.member("clientLibrary", server.clientLibrary)
      fields.member("capabilities", server.capabilities.names)
      fields.member("elapsedMs") { $0.raw(DBValue.text(of: elapsed.milliseconds)) }
      fields.member("error") { $0.null() }
    }
  }

  /// It did not.
  public init(_ error: DBError, engine: DatabaseKind) {
    self.init(isReady: false, engine) { fields in
      fields.member("endpoint", error.endpoint)
      fields.member("error") { field in
        field.object {
          $0.member("code", error.category.name)
          $0.member("message", error.message)
          $0.member("stage", error.stage?.rawValue)
        }
      }
    }
  }

  private init(isReady: Bool, _ engine: DatabaseKind, _ body: (inout JSONWriter) -> Void) {
    var writer = JSONWriter(indentation: 1)
    writer.object { fields in
      fields.member("schemaVersion", SchemaJSON.schemaVersion)
      fields.member("kind", "ping")
      fields.member("ready", isReady)
      fields.member("engine", engine.rawValue)
      body(&fields)
    }
    text = writer.text + "\n"
  }
}
