internal import DBAdapterCore
struct SQLiteIntrospection {
  let session: SQLiteSession
  init(_ session: SQLiteSession) { self.session = session }
  func schemas(_ o: ListOptions) throws(DBError) -> Listing<SchemaInfo> { Listing([]) }
  func tables(in: String?, _ o: ListOptions) throws(DBError) -> Listing<TableInfo> { Listing([]) }
  func describe(_ t: TableReference, _ o: DescribeOptions) throws(DBError) -> TableDescription { throw DBError(.unsupported, "") }
  func describeTables(in: String?, _ o: ListOptions) throws(DBError) -> Listing<TableDescription> { Listing([]) }
}
