import DBAdapterCore
import Testing

@testable import PostgresAdapter

/// What is printed by accident: a dump of an adapter walks through everything it holds.
@Suite struct PostgresSecretTests {
  @Test(arguments: [
    "postgres://app:hunter2@localhost/shop", "host=localhost password=hunter2",
    "postgres://app@localhost/shop?password=hunter2&sslpassword=hunter2",
  ])
  func aDumpShowsNoPassword(_ url: String) throws {
    let configuration = ConnectionConfiguration(try ConnectionString(url))
    let parameters = try PGConnectionParameters(configuration)
    let adapter = PostgresAdapter(configuration, parameters, PostgresClassifier())
    var text = "\(parameters) \(String(reflecting: parameters)) \(adapter)"
    dump(adapter, to: &text)
    #expect(text.contains("localhost"))
    #expect(!text.contains("hunter2"), "\(text)")
  }
}
