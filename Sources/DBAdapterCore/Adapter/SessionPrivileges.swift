/// What the user of a session may do on the server beyond reading and writing tables: how much a guard that failed would cost.
public struct SessionPrivileges: Sendable, Hashable {
  /// A right that reaches further than a session's work needs.
  public struct Finding: Sendable, Hashable {
    /// A stable word for programs: `superuser`, `readsServerFiles`, `runsPrograms`, `administersServer`.
    public let kind: String
    /// For people, as what follows the user's name: `may run programs on the server (member of pg_execute_server_program)`.
    public let detail: String

    public init(_ kind: String, _ detail: String) {
      self.kind = kind
      self.detail = detail
    }
  }

  /// The user or role, as the server calls it; `nil` for an engine without users.
  public var user: String?
  /// Whether the user may write anything at all, as far as the server tells; `nil` when it does not.
  public var mayWrite: Bool?
  /// The worst first.
  public var findings: [Finding]

  public init(user: String?, mayWrite: Bool? = nil, findings: [Finding] = []) {
    self.user = user
    self.mayWrite = mayWrite
    self.findings = findings
  }
}
