public import DBAdapterCore

extension RedisAdapter {
  /// The command's name and subcommand; its arguments, keys among them, are data. A command that the server does not know leaves nothing but a
  /// mark: its name may be anything.
  public func normalized(_ request: QueryRequest) -> NormalizedStatement {
    guard let command = try? RedisCommand(request), let facts = try? server().table.facts(of: command) else {
      return NormalizedStatement("…", mayHoldSecret: true)
    }
    let words = facts.name.contains("|") ? 2 : 1
    return NormalizedStatement(
      facts.classification.summary + (command.count > words ? " …" : ""),
      mayHoldSecret: Self.secretive.contains(facts.name))
  }

  private static let secretive: Set<String> = [
    "auth", "hello", "config|set", "acl|setuser", "migrate", "sentinel|set", "sentinel|config", "module|load",
    "module|loadex",
  ]
}
