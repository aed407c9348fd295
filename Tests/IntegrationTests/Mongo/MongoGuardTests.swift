import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

/// What a session that may not write tries on a live server, and what becomes of it: nothing.
@Suite(
  "MongoDB guard", .serialized,
  .enabled(if: TestServers.canTest(.mongoDB), Comment(rawValue: TestServers.missing(.mongoDB))))
struct MongoGuardTests {
  /// The statements of a corpus in which `DB` stands for the test's database, with the collections `C` and `D`.
  private static func corpus(_ name: String, in database: String) throws -> [String] {
    try GuardCorpus.statements("mongo-\(name)", replacing: ["\"DB": "\"\(database)"])
  }

  private static let seeds: [QueryRequest] = [
    """
    db.C.insertMany([{_id: 1, a: 1, b: 2, t: 'hello world', loc: [1, 2]}, {_id: 2, a: 2, b: 1, t: 'hi', loc: [2, 3]},
      {_id: 3, a: 4, b: 1, t: 'hello', loc: [3, 3]}])
    """,
    "db.D.insertMany([{_id: 1, k: 2}, {_id: 2, k: 1}])", "db.C.createIndex({a: 1})", "db.C.createIndex({t: 'text'})",
    "db.C.createIndex({loc: '2d'})",
  ]

  /// A database of the test's own, in which the user may do everything.
  private func withDatabase(_ body: (MongoPlace, String) async throws -> Void) async throws {
    let name = TestServers.uniqueName()
    let url = try TestServers.require(.mongoDB)
    let database = try #require(ConnectionString(url).database)
    let place = try MongoPlace(url: url.replacing("/\(database)?", with: "/\(name)?"), policy: .readOnly)
    let result: Result<Void, any Error>
    do {
      try await place.session(.administrative) { session in
        for seed in Self.seeds { _ = try await session.execute(seed) }
      }
      result = .success(try await body(place, name))
    } catch {
      result = .failure(error)
    }
    _ = try? await place.session(.administrative) { try await $0.execute("db.dropDatabase()") }
    await place.manager.shutdown(grace: .seconds(1))
    try result.get()
  }

  /// Everything that a command could have changed.
  private func state(_ place: MongoPlace) async throws -> [String] {
    try await place.session(.administrative) { session in
      var state: [String] = []
      for (request, part) in [
        ("{dbHash: 1}", "collections"), ("{listDatabases: 1, nameOnly: true, $db: 'admin'}", "databases"),
        ("{profile: -1}", "was"), ("{profile: -1}", "slowms"), ("{usersInfo: 1, $db: 'admin'}", "users"),
        ("{getParameter: 1, logLevel: 1, $db: 'admin'}", "logLevel"), ("{hello: 1}", "electionId"),
        ("{listIndexes: 'C'}", "name"),
      ] as [(String, String)] {
        let rows = try await session.execute(QueryRequest(.text(request))).rows
        state.append("\(request): \(rows.map { "\($0[part] ?? .null)" })")
      }
      return state
    }
  }

  private static func isRefused(_ error: DBError?) -> Bool {
    guard let error else { return false }
    return [.rejectedByGuard, .syntaxError, .invalidParameter].contains(error.code) && error.server?.nativeCode == nil
  }

  @Test("no attack gets through, and nothing is changed", .timeLimit(.minutes(1)))
  func attacks() async throws {
    try await withDatabase { place, database in
      let before = try await state(place)
      try await place.session { session in
        for text in try Self.corpus("attacks", in: database) {
          let request = QueryRequest(.text(text))
          let ways: [(String, () async throws -> Void)] = [
            ("execute", { _ = try await session.execute(request) }),
            ("native", { _ = try await session.native(request) }),
            ("rows", { try await session.withRows(request) { for try await _ in $0 {} } }),
            ("analysis", { _ = try await session.explain(request, mode: .analyze) }),
          ]
          for (way, body) in ways {
            let error = await outcome(body).error as? DBError
            #expect(Self.isRefused(error), "\(text) by \(way): \(error?.debugDescription ?? "was let through")")
          }
          // To plan a change is allowed, and changes nothing.
          _ = try? await session.explain(request)
        }
      }
      #expect(try await state(place) == before)
    }
  }

  @Test("what only reads is let through", .timeLimit(.minutes(1)))
  func harmless() async throws {
    try await withDatabase { place, database in
      try await place.session { session in
        for text in try Self.corpus("harmless", in: database) {
          let error =
            await outcome {
              _ = try await session.execute(QueryRequest(.text(text), timeout: .seconds(1)))
            }.error as? DBError
          #expect(error == nil, "\(text): \(error?.debugDescription ?? "")")
        }
      }
    }
  }

  @Test("a plan runs no code, and takes no verbosity from the request")
  func plans() async throws {
    try await withDatabase { place, _ in
      try await place.session { session in
        for text in ["db.C.find({$where: 'true'})", "{explain: {find: 'C', term: 1}}", "{shutdown: 1}"] {
          let error = await outcome { _ = try await session.explain(QueryRequest(.text(text))) }.error as? DBError
          #expect(error?.code == .rejectedByGuard, "\(text): \(String(describing: error))")
        }
        let plan = try await session.explain("{explain: {find: 'C', filter: {a: 1}}, verbosity: 'executionStats'}")
        #expect(plan.notes.contains("uses the index a_1") && !plan.notes.contains { $0.contains("examined") })
        _ = try await session.explain("db.C.updateMany({a: 1}, {$set: {b: 5}})")
      }
    }
  }

  /// libmongoc ends the process at some of these.
  @Test("names that nothing can have are refused before anything is sent")
  func names() async throws {
    try await withDatabase { place, _ in
      var changes = MongoChangeOptions()
      changes.wait = .milliseconds(10)
      var bulk = MongoBulkOptions()
      try await place.session(.administrative) { session in
        for name in ["", "\u{0}x", "C\u{0}x", "$cmd", String(repeating: "x", count: 300)] {
          let pipeline = DBValue.array(DBArray([]))
          let ways: [(String, () async throws -> Void)] = [
            ("find", { _ = try await session.execute(QueryRequest(.document(["find": .text(name)]))) }),
            (
              "aggregate",
              {
                let command: DBDocument = ["aggregate": .text(name), "pipeline": pipeline, "cursor": .document([:])]
                _ = try await session.execute(QueryRequest(.document(command)))
              }
            ),
            (
              "insert command",
              {
                let documents = DBValue.array(DBArray([.document(["_id": 1])]))
                _ = try await session.execute(
                  QueryRequest(.document(["insert": .text(name), "documents": documents])))
              }
            ),
            ("insert", { _ = try await session.insert([["_id": 1]], into: name) }),
            ("no writes", { _ = try await session.bulkWrite([], to: name) }),
            ("watch", { try await session.withChanges(of: .collection(name), changes) { _ in } }),
            ("describe", { _ = try await session.describe(TableReference(schema: nil, name: name)) }),
            ("explain", { _ = try await session.explain(QueryRequest(.document(["find": .text(name)]))) }),
          ]
          await expectRefused(ways, name)
        }
        for name in [
          "", "\u{0}x", "admin.system", "a/b", "a\\b", "a b", "a\"b", "$x", String(repeating: "x", count: 64),
        ] {
          bulk.database = name
          changes.database = name
          let ways: [(String, () async throws -> Void)] = [
            (
              "find",
              { _ = try await session.execute(QueryRequest(.document(["find": "users", "$db": .text(name)]))) }
            ),
            ("insert", { [bulk] in _ = try await session.insert([["_id": 1]], into: "users", bulk) }),
            ("watch", { [changes] in try await session.withChanges(of: .database, changes) { _ in } }),
            ("describe", { _ = try await session.describe(TableReference(schema: name, name: "users")) }),
            ("list", { _ = try await session.tables(in: name) }),
            ("describe all", { _ = try await session.describeTables(in: name) }),
          ]
          await expectRefused(ways, name)
        }
      }
    }
  }

  private func expectRefused(_ ways: [(String, () async throws -> Void)], _ name: String) async {
    for (way, body) in ways {
      let error = await outcome(body).error as? DBError
      #expect(
        error?.code == .invalidParameter || error?.code == .syntaxError,
        "\(way) of \"\(name.prefix(20))\": \(error?.debugDescription ?? "was let through")")
    }
  }

  @Test("parts of a command that are not what they should be are not left out")
  func parts() async throws {
    try await withDatabase { place, _ in
      try await place.session(.administrative) { session in
        for text in [
          "{find: 'C', filter: null}", "{find: 'C', filter: 1}", "{find: 'C', limit: 'x'}",
          "{aggregate: 'C', pipeline: [], cursor: 1}", "{find: 'C', $readPreference: 1}", "{count: 'C', query: 1}",
          "{update: 'C', updates: [{q: {}, u: {$set: {z: 1}}, multi: 'x'}]}",
        ] {
          let error = await outcome { _ = try await session.execute(QueryRequest(.text(text), rowLimit: 2)) }.error
          #expect(error is DBError, "\(text) was let through")
        }
      }
    }
  }
}
