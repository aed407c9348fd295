public import DBAdapterCore

extension RedisAdapter: PrivilegeReporting {
  /// What the user may do, as far as the server tells: `ACL DRYRUN` (7.0 and later) and `ACL GETUSER` need rights themselves, and without
  /// them nothing is found.
  /// - Throws: what ends the connection; a command that the user may not run is not an error.
  public func privileges() async throws(DBError) -> SessionPrivileges {
    let server = try server()
    let deadline = Deadline(after: options.commandTimeout)
    let who = try await server.route.send([RedisCommand("ACL", "WHOAMI")], until: deadline)
    // A server before version 6 has no users: who may connect may do everything.
    let hasUsers = who[0].kind == .bulk || RedisErrors.error(who[0]).code == .permissionDenied
    let user = (who[0].kind == .bulk ? who[0].text : nil) ?? options.user ?? "default"
    var commands = Self.probes.map { probe in
      var command = RedisCommand("ACL", "DRYRUN", user)
      for word in probe.command.split(separator: " ") { command.append(String(word)) }
      return command
    }
    commands.append(RedisCommand("ACL", "GETUSER", user))
    let replies = try await server.route.send(commands, until: deadline)
    var findings: [SessionPrivileges.Finding] = []
    var mayWrite: Bool?
    for (probe, reply) in zip(Self.probes, replies) {
      let isAllowed = reply.kind == .status && reply.text == "OK"
      if probe.kind == "writes" {
        // The answer to what may not be tried is an error, to what is not allowed a sentence.
        mayWrite = hasUsers ? (reply.kind == .error ? nil : isAllowed) : true
      } else if isAllowed || !hasUsers {
        findings.append(SessionPrivileges.Finding(probe.kind, probe.detail))
      }
    }
    if let description = replies.last, Self.hasNoPassword(description) {
      findings.insert(SessionPrivileges.Finding("noPassword", "needs no password (nopass)"), at: 0)
    }
    return SessionPrivileges(user: user, mayWrite: mayWrite, findings: findings)
  }

  /// Commands that tell what a user may do, the worst first. Their arguments matter only in number.
  private static let probes: [(kind: String, command: String, detail: String)] = [
    ("writes", "SET bosdb x", ""),
    (
      "administersServer", "CONFIG SET save x",
      "may change the server's configuration, and with it files it writes (CONFIG SET)"
    ),
    ("loadsCode", "MODULE LOAD x", "may load modules into the server (MODULE LOAD)"),
    ("administersUsers", "ACL SETUSER x", "may make and change users (ACL SETUSER)"),
    ("debugsServer", "DEBUG SLEEP 0", "may stop and change the server by DEBUG"),
    ("replacesData", "REPLICAOF x 1", "may replace everything by another server's keys (REPLICAOF)"),
    ("stopsServer", "SHUTDOWN", "may stop the server (SHUTDOWN)"),
    ("removesEverything", "FLUSHALL", "may remove every key of every database (FLUSHALL)"),
    ("runsScripts", "EVAL x 0", "may run scripts that write (EVAL)"),
  ]

  /// Whether `ACL GETUSER` lists the flag `nopass`.
  private static func hasNoPassword(_ description: RedisReply) -> Bool {
    guard description.kind == .array else { return false }
    let elements = Array(description.elements)
    guard let place = elements.firstIndex(where: { $0.text == "flags" }), place + 1 < elements.count else {
      return false
    }
    return elements[place + 1].elements.contains { $0.text == "nopass" }
  }
}
