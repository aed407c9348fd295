public import DBAdapterCore

extension RedisAdapter {
  /// The command's name; its arguments are data. What is not understood is kept by its first word alone.
  public func normalized(_ request: QueryRequest) -> NormalizedStatement {
    guard let command = try? RedisCommand(request), let facts = try? server().table.facts(of: command) else {
      let words = request.statement.textWithoutValues.split(maxSplits: 1, whereSeparator: \.isWhitespace)
      return NormalizedStatement(
        (words.first.map { String($0) } ?? "") + (words.count > 1 ? " …" : ""), mayHoldSecret: true)
    }
    return NormalizedStatement(facts.classification.summary + " …", mayHoldSecret: Self.secretive.contains(facts.name))
  }

  private static let secretive: Set<String> = [
    "auth", "hello", "config|set", "acl|setuser", "migrate", "sentinel|set", "sentinel|config",
  ]
}
