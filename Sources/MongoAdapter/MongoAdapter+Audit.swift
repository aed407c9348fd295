public import DBAdapterCore

extension MongoAdapter {
  /// The command with its names and operators, and `?` for every value; the names of collections stay. The shell's forms are kept as the command
  /// they stand for. What cannot be read leaves nothing but a mark.
  public func normalized(_ request: QueryRequest) -> NormalizedStatement {
    guard let command = try? MongoCommand(request, database: options.database) else {
      return NormalizedStatement("…", mayHoldSecret: true)
    }
    let shape = MongoShape(command).text
    return NormalizedStatement(shape, mayHoldSecret: Self.holdsSecret(command.name, shape))
  }

  private static func holdsSecret(_ name: String, _ shape: String) -> Bool {
    if secretive.contains(name.lowercased()) { return true }
    let shape = shape.lowercased()
    return ["passw", "pwd", "secret", "token", "credential", "api_key", "apikey"].contains { shape.contains($0) }
  }

  private static let secretive: Set<String> = [
    "createuser", "updateuser", "authenticate", "saslstart", "saslcontinue", "hello", "ismaster", "setparameter",
    "logapplicationmessage", "copydb", "clone",
  ]
}
