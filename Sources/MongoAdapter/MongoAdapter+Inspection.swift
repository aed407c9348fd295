public import DBAdapterCore

extension MongoAdapter {
  public func listSchemas(_ options: ListOptions) async throws(DBError) -> Listing<SchemaInfo> { throw Self.lacking }

  public func listTables(in schema: String?, _ options: ListOptions) async throws(DBError) -> Listing<TableInfo> {
    throw Self.lacking
  }

  public func describeTable(
    _ table: TableReference, _ options: DescribeOptions
  ) async throws(DBError) -> TableDescription {
    throw Self.lacking
  }

  public func describeTables(
    in schema: String?, _ options: ListOptions
  ) async throws(DBError) -> Listing<TableDescription> {
    throw Self.lacking
  }

  public func explainQuery(_ request: QueryRequest, mode: ExplainMode) async throws(DBError) -> QueryPlan {
    throw Self.lacking
  }

  private static var lacking: DBError {
    DBError(.unsupported, "collections are not described yet", adapter: .mongodb)
  }
}
