public import DBAdapterCore
extension PostgresAdapter {
  public func listSchemas(_ options: ListOptions) async throws(DBError) -> Listing<SchemaInfo> {
    throw DBError(.unsupported, "later")
  }
  public func listTables(in schema: String?, _ options: ListOptions) async throws(DBError) -> Listing<TableInfo> {
    throw DBError(.unsupported, "later")
  }
  public func describeTable(
    _ table: TableReference, _ options: DescribeOptions
  ) async throws(DBError) -> TableDescription { throw DBError(.unsupported, "later") }
  public func describeTables(
    in schema: String?, _ options: ListOptions
  ) async throws(DBError) -> Listing<TableDescription> { throw DBError(.unsupported, "later") }
  public func explainQuery(_ request: QueryRequest, mode: ExplainMode) async throws(DBError) -> QueryPlan {
    throw DBError(.unsupported, "later")
  }
}
