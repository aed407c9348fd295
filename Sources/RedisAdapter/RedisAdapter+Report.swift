public import DBAdapterCore

extension RedisAdapter: ServerReporting {
  /// The reply of `INFO` by sections: `{"server": {"redis_version": "7.0.15", …}, "keyspace": {"db0": {"keys": 3, …}}}`. Of a cluster it is a
  /// document of such for each primary, by the primary's address.
  /// - Parameter sections: `memory`, `commandstats`, `all`, …
  public func serverReport(_ sections: [String]) async throws(DBError) -> DBDocument {
    let server = try server()
    guard let cluster = server.cluster else { return try await Self.report(of: server.route, sections, deadline(nil)) }
    var report = DBDocument()
    for (index, node) in try await cluster.primaries(until: deadline(nil)).enumerated() {
      let document = try await Self.report(of: node, sections, deadline(nil))
      let address = (node as? ClusterNode)?.endpoint.description ?? "node \(index + 1)"
      report.fields.append(DBDocument.Field(address, .document(document)))
    }
    return report
  }

  private static func report(
    of server: any RedisCommanding, _ sections: [String], _ deadline: Deadline
  ) async throws(DBError) -> DBDocument {
    var report = DBDocument()
    // Servers before version 7 take one section a command.
    for command in sections.isEmpty ? [RedisCommand("INFO")] : sections.map({ RedisCommand("INFO", $0) }) {
      let reply = try await server.send(command, until: deadline)
      guard let text = reply.text else { throw DBError(.protocolViolation, "INFO was not answered with a text") }
      report.fields += ServerReport.document(fromINFO: text).fields.filter { report[$0.name] == nil }
    }
    return report
  }
}
