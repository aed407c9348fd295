public import DBAdapterCore

extension RedisAdapter {
  public func listSchemas(_ options: ListOptions) async throws(DBError) -> Listing<SchemaInfo> { Listing([]) }
  public func listTables(in schema: String?, _ options: ListOptions) async throws(DBError) -> Listing<TableInfo> {
    Listing([])
  }
  public func describeTable(
    _ table: TableReference, _ options: DescribeOptions
  ) async throws(DBError) -> TableDescription {
    throw DBError(.objectNotFound, "there is no key group \(table)")
  }
  public func describeTables(
    in schema: String?, _ options: ListOptions
  ) async throws(DBError) -> Listing<TableDescription> { Listing([]) }
}
