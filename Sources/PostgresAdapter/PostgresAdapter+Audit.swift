public import DBAdapterCore
internal import DBSQLSupport

extension PostgresAdapter {
  /// By the server's own grammar: constants become `$1` or `?`, comments go, and the fingerprint is libpg_query's where that looks at no
  /// constant. What the grammar does not know goes through the server's scanner, and text of more than 16 KiB is kept by its beginning.
  public func normalized(_ request: QueryRequest) -> NormalizedStatement {
    guard let statement = try? SQLStatement(request, style: .dollarNumber) else {
      return NormalizedStatement("…", mayHoldSecret: true)
    }
    return PostgresNormalizer.shared.normalized(statement.text)
  }
}
