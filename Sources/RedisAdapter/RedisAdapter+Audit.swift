public import DBAdapterCore

extension RedisAdapter {
  /// Commands whose arguments are passwords are kept without them, and so is what is not understood.
  public func auditText(of request: QueryRequest) -> String? {
    if case .command = request.statement { return nil }
    guard let command = try? RedisCommand(request), let facts = try? server().table.facts(of: command) else {
      let words = request.statement.textWithoutValues.split(maxSplits: 1, whereSeparator: \.isWhitespace)
      return words.count > 1 ? "\(words[0]) …" : nil
    }
    return Self.secretive.contains(facts.name) ? facts.classification.summary + " …" : nil
  }

  private static let secretive: Set<String> = [
    "auth", "hello", "config|set", "acl|setuser", "migrate", "sentinel|set", "sentinel|config",
  ]
}
