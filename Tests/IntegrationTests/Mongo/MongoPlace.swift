import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

/// A place of its own in a test server: a manager, and a collection under a name that nobody else uses.
struct MongoPlace: Sendable {
  let manager: ConnectionManager
  let target: ConnectionString
  let collection = TestServers.uniqueName()

  init(_ server: TestServer = .mongoDB, parameters: String = "", policy: AccessPolicy = .readWrite) throws {
    try self.init(url: TestServers.require(server), parameters: parameters, policy: policy)
  }

  init(url: String, parameters: String = "", policy: AccessPolicy = .readWrite) throws {
    target = try ConnectionString(parameters.isEmpty ? url : url + (url.contains("?") ? "&" : "?") + parameters)
    manager = ConnectionManager(registry: try AdapterRegistry([.mongodb]), policy: policy)
  }

  func session<R>(_ policy: AccessPolicy? = nil, _ body: (DatabaseSession) async throws -> R) async throws -> R {
    try await manager.withSession(target, policy: policy, body)
  }

  /// A command about the place's collection.
  func command(_ name: String, _ rest: DBDocument = [:]) -> QueryRequest {
    QueryRequest(.document(DBDocument([DBDocument.Field(name, .text(collection))] + rest.fields)))
  }

  /// Removes the collection and ends the manager.
  func leave() async {
    _ = try? await session(.readWrite) { try await $0.execute(command("drop")) }
    await manager.shutdown(grace: .seconds(1))
  }
}

/// Lends a place and clears it.
func withMongo<R>(
  _ server: TestServer = .mongoDB, parameters: String = "", policy: AccessPolicy = .readWrite,
  _ body: (MongoPlace) async throws -> R
) async throws -> R {
  let place = try MongoPlace(server, parameters: parameters, policy: policy)
  do {
    let result = try await body(place)
    await place.leave()
    return result
  } catch {
    await place.leave()
    throw error
  }
}
