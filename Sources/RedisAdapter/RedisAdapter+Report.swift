public import DBAdapterCore

extension RedisAdapter: ServerReporting {
  /// The reply of `INFO` by sections: `{"server": {"redis_version": "7.0.15", …}, "keyspace": {"db0": {"keys": 3, …}}}`.
  /// - Parameter sections: `memory`, `commandstats`, `all`, …
  public func serverReport(_ sections: [String]) async throws(DBError) -> DBDocument {
    let server = try server()
    var report = DBDocument()
    // Servers before version 7 take one section a command.
    for command in sections.isEmpty ? [RedisCommand("INFO")] : sections.map({ RedisCommand("INFO", $0) }) {
      let reply = try await server.send(command, until: deadline(nil))
      guard let text = reply.text else { throw DBError(.protocolViolation, "INFO was not answered with a text") }
      report.fields += ServerReport.document(fromINFO: text).fields.filter { report[$0.name] == nil }
    }
    return report
  }
}
