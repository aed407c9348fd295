import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

/// A place whose commands fail as a fail point of the server says, and nobody else's.
struct MongoFailingPlace: Sendable {
  let place: MongoPlace
  let name: String
  /// The same server under another name, which the fail point does not concern.
  let watcher: MongoPlace

  var collection: String { place.collection }

  func session<R>(_ body: (DatabaseSession) async throws -> R) async throws -> R { try await place.session(nil, body) }
  func command(_ name: String, _ rest: DBDocument = [:]) -> QueryRequest { place.command(name, rest) }

  /// Makes commands fail while a closure runs.
  /// - Parameters:
  ///   - times: how many of them; `nil` for all.
  ///   - failure: what happens to them: `errorCode`, `closeConnection`, `blockConnection`, `errorLabels`, `writeConcernError`.
  func failing<R>(
    _ commands: String..., times: Int? = 1, with failure: DBDocument, _ body: () async throws -> R
  ) async throws -> R {
    let data: DBDocument = [
      "failCommands": .array(DBArray(commands.map { .text($0) })), "appName": .text(name),
    ]
    try await configure(
      mode: times.map { .document(["times": .int(Int64($0))]) } ?? "alwaysOn",
      DBDocument(data.fields + failure.fields))
    let result: Result<R, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    try await configure(mode: "off")
    return try result.get()
  }

  private func configure(mode: DBValue, _ data: DBDocument? = nil) async throws {
    var fields: [DBDocument.Field] = [
      DBDocument.Field("configureFailPoint", "failCommand"), DBDocument.Field("mode", mode),
    ]
    if let data { fields.append(DBDocument.Field("data", .document(data))) }
    fields.append(DBDocument.Field("$db", "admin"))
    let request = QueryRequest(.document(DBDocument(fields)))
    _ = try await watcher.session { try await $0.execute(request) }
  }

  func insert(_ number: Int) -> QueryRequest {
    command("insert", ["documents": [.document(["_id": .int(Int64(number))])]])
  }

  /// The numbers that are there.
  func numbers() async throws -> [Int] {
    try await session { session in
      try await session.execute(command("find", ["sort": .document(["_id": 1])])).rows.map {
        try $0.decode(Int.self, at: "_id")
      }
    }
  }
}

/// Lends a place under a name of its own. What the fail point says of the server is not so, and libmongoc finds that out with its next heartbeat.
func withFailingMongo(
  _ parameters: String = "", _ body: (MongoFailingPlace) async throws -> Void
) async throws {
  let name = TestServers.uniqueName()
  try await withMongo(parameters: "appName=\(name)&heartbeatFrequencyMS=500" + parameters) { place in
    let watcher = try MongoPlace(policy: .administrative)
    let failing = MongoFailingPlace(place: place, name: name, watcher: watcher)
    try await place.session { _ = try await $0.execute(QueryRequest(.document(["create": .text(place.collection)]))) }
    try await body(failing)
    try await watcher.endTransactions(of: name)
    await watcher.manager.shutdown(grace: .zero)
  }
}
