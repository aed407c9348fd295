internal import DBAdapterCore

/// Makes the sessions of one configuration; they share the parsed connection string and what is known of statements.
struct PostgresConnector: AdapterConnector {
  let configuration: ConnectionConfiguration
  private let parameters: PGConnectionParameters
  private let classifier = PostgresClassifier()

  init(_ configuration: ConnectionConfiguration) throws(DBError) {
    self.configuration = configuration
    parameters = try PGConnectionParameters(configuration)
  }

  func makeAdapter() -> any IDBAdapter { PostgresAdapter(configuration, parameters, classifier) }

  func shutdown() async {}
}
