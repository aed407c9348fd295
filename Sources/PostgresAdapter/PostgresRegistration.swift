public import DBAdapterCore

extension AdapterRegistration {
  /// PostgreSQL over libpq: `postgres://…`, `postgresql://…` and libpq's `host=… dbname=…`.
  public static let postgres = AdapterRegistration(
    PostgresAdapter.descriptor,
    connector: { configuration throws(DBError) in try PostgresConnector(configuration) },
    splitScript: { text throws(DBError) in try PGStatementParser.split(text) })
}
