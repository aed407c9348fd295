public import DBAdapterCore

extension MongoAdapter: PrivilegeReporting {
  /// What the user may do, from `connectionStatus` with `showPrivileges`, which every user may ask.
  public func privileges() async throws(DBError) -> SessionPrivileges {
    try await access.perform(timeout: .seconds(10)) { session, operation throws(DBError) in
      let status = try session.read(["connectionStatus": 1, "showPrivileges": true], on: "admin", operation)
      return SessionPrivileges(status: status)
    }
  }
}

extension SessionPrivileges {
  /// Reads the reply of `connectionStatus`.
  init(status: BSONDocument) {
    guard let user = status.value(at: "authInfo.authenticatedUsers.0.user")?.text else {
      // Without access control everybody may do everything; with it, who did not sign in may do nothing, this command apart.
      self.init(
        user: nil,
        findings: [
          Finding(
            "noUser",
            "is nobody: the session did not sign in, and a server without access control lets it do everything")
        ])
      return
    }
    let roles = Self.documents(status.value(at: "authInfo.authenticatedUserRoles"))
    let privileges = Self.documents(status.value(at: "authInfo.authenticatedUserPrivileges"))
    var findings: [Finding] = []
    for (role, kind, detail) in Self.tellingRoles where roles.contains(where: { $0["role"]?.text == role }) {
      findings.append(Finding(kind, "\(detail) (role \(role))"))
    }
    let actions = privileges.map { Set(Self.texts($0["actions"])) }
    for (action, kind, detail) in Self.tellingActions where actions.contains(where: { $0.contains(action) }) {
      guard !findings.contains(where: { $0.kind == kind }) else { continue }
      findings.append(Finding(kind, "\(detail) (action \(action))"))
    }
    let writes: Set<String> = ["insert", "update", "remove", "anyAction"]
    let mayWrite = zip(privileges, actions).contains { privilege, actions in
      !actions.isDisjoint(with: writes) && !Self.isOfTheServer(privilege["resource"])
    }
    self.init(user: user, mayWrite: mayWrite, findings: findings)
  }

  /// Roles that reach over the whole deployment, the worst first.
  private static let tellingRoles = [
    ("root", "superuser", "may do everything"),
    ("__system", "superuser", "may do everything, as a member of the cluster itself"),
    ("userAdminAnyDatabase", "administersUsers", "may give itself any role"),
    ("clusterAdmin", "administersServer", "administers the whole deployment"),
    ("clusterManager", "administersServer", "manages the deployment"),
    ("hostManager", "administersServer", "may stop servers and end operations of others"),
    ("dbAdminAnyDatabase", "administersData", "administers every database"),
    ("readWriteAnyDatabase", "writesAllData", "may write every database"),
    ("restore", "writesAllData", "may replace every database"),
    ("backup", "readsAllData", "may read everything, credentials included"),
    ("dbOwner", "ownsDatabase", "owns a database, and may drop it and give out its roles"),
    ("userAdmin", "administersUsers", "may give itself any role of a database"),
  ]

  private static let tellingActions = [
    ("anyAction", "superuser", "may do everything"),
    ("grantRole", "administersUsers", "may give roles to users"),
    ("changePassword", "administersUsers", "may change passwords of others"),
    ("shutdown", "administersServer", "may stop servers"),
    ("applyOps", "administersServer", "may write past all rights"),
    ("killAnyCursor", "signalsSessions", "may end cursors of others"),
    ("dropDatabase", "dropsDatabases", "may drop databases"),
    ("bypassDocumentValidation", "bypassesValidation", "may write documents that validators refuse"),
  ]

  /// Whether a resource is a collection of the server's own, such as `system.js`, or the deployment.
  private static func isOfTheServer(_ resource: BSONValue?) -> Bool {
    guard case .document(let document)? = resource else { return true }
    if document["anyResource"] != nil { return false }
    guard let collection = document["collection"]?.text else { return true }
    return collection.hasPrefix("system.") || ["local", "config"].contains(document["db"]?.text)
  }

  private static func documents(_ value: BSONValue?) -> [BSONDocument] {
    guard case .array(let elements)? = value else { return [] }
    return elements.compactMap { if case .document(let document) = $0 { document } else { nil } }
  }

  private static func texts(_ value: BSONValue?) -> [String] {
    guard case .array(let elements)? = value else { return [] }
    return elements.compactMap(\.text)
  }
}
