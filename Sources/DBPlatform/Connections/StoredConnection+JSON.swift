package import DBAdapterCore

extension StoredConnection {
  /// Writes the connection as members of a JSON object; there is no secret among them.
  package func write(to fields: inout JSONWriter) {
    fields.member("name", name)
    fields.member("id", id.description)
    fields.member("engine", kind.rawValue)
    fields.member("host", host)
    fields.member("port", port)
    fields.member("database", database)
    fields.member("status", status.rawValue)
    fields.member("access", access.storedName)
    fields.member("project", projectID)
    fields.member("passwordReference", hasPasswordReference)
    fields.member("createdAt", createdAt.description)
    fields.member("updatedAt", updatedAt.description)
    fields.member("lastUsedAt", lastUsedAt?.description)
  }
}
