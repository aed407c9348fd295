public import DBAdapterCore
internal import DBSQLSupport

extension SQLiteAdapter {
  /// The statement with `?` for strings, numbers and blobs and without comments; of more than 16 KiB the beginning.
  public func normalized(_ request: QueryRequest) -> NormalizedStatement {
    guard let statement = try? SQLStatement(request, style: .questionNumber) else {
      return NormalizedStatement("…", mayHoldSecret: true)
    }
    return SQLiteMasking.normalize(statement.text)
  }
}
