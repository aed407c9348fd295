public import DBAdapterCore

extension MongoAdapter {
  /// What answered: `hello`, `buildInfo` and `connectionStatus` of the server. Transactions need a replica set or mongos.
  public func serverInfo() async throws(DBError) -> ServerInfo {
    let (options, isReader) = (options, options.access == .readOnly)
    return try await access.perform(timeout: .seconds(10)) { session, operation throws(DBError) in
      let hello = try session.read(["hello": 1], on: "admin", operation)
      let build = try session.read(["buildInfo": 1], on: "admin", operation)
      let status = try session.read(["connectionStatus": 1], on: "admin", operation)
      var capabilities = MongoAdapter.descriptor.capabilities
      if session.server?.hasTransactions != true { capabilities.remove(.transactions) }
      return ServerInfo(
        product: "MongoDB", version: build["version"]?.text ?? "", database: options.database,
        user: status.value(at: "authInfo.authenticatedUsers.0.user")?.text, role: hello.role,
        endpoint: session.server?.address ?? "", isReadOnly: isReader || hello["readOnly"] == .bool(true),
        encryption: options.isEncrypted ? "TLS" : nil, clientLibrary: MongoLibrary.name, capabilities: capabilities)
    }
  }
}

extension BSONDocument {
  /// What a server says of itself in `hello`.
  fileprivate var role: String {
    if self["msg"]?.text == "isdbgrid" { return "mongos" }
    guard self["setName"] != nil else { return "standalone" }
    if self["isWritablePrimary"] == .bool(true) { return "primary" }
    return self["secondary"] == .bool(true) ? "secondary" : "member without data"
  }
}
