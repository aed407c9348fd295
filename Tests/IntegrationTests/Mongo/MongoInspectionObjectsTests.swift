import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

@Suite(
  "MongoDB's objects", .enabled(if: TestServers.canTest(.mongoDB), Comment(rawValue: TestServers.missing(.mongoDB))))
struct MongoInspectionObjectsTests {
  @Test("indexes of every kind are shown with keys, conditions, size and use")
  func indexes() async throws {
    try await withMongo { place in
      try await place.session { session in
        let name = place.collection
        try await session.insert((0..<20).map { ["a": .int32($0), "t": "some text", "h": "x"] }, into: name)
        try await session.execute(
          place.text(
            """
            {createIndexes: "@", indexes: [
              {key: {a: 1}, name: "unique", unique: true}, {key: {"b.c": -1}, name: "sparse", sparse: true},
              {key: {a: 1, h: -1}, name: "partial", partialFilterExpression: {a: {$gt: 10}}},
              {key: {at: 1}, name: "ttl", expireAfterSeconds: 99999999},
              {key: {h: 1}, name: "collated", collation: {locale: "de", strength: 2}},
              {key: {"$**": 1}, name: "wild"}, {key: {h: 1, t: "text", a: -1}, name: "words"},
              {key: {loc: "2dsphere"}, name: "geo"}, {key: {h: "hashed"}, name: "hash"},
              {key: {"b.c": 1}, name: "hidden", hidden: true}]}
            """))
        _ = try await session.execute(place.text("{find: \"@\", filter: {a: 3}, hint: \"unique\"}"))

        let indexes = try await session.describe(TableReference(name: name)).indexes
        let byName = Dictionary(uniqueKeysWithValues: indexes.map { ($0.name, $0) })
        #expect(indexes.count == 11 && indexes.allSatisfy { $0.size.map { $0.value > 0 } ?? false })
        #expect(byName["_id_"]?.isPrimary == true && byName["_id_"]?.isUnique == true)
        #expect(byName["unique"]?.isUnique == true && byName["unique"]?.comment == "used 1 time")
        #expect(byName["sparse"]?.keys == [.init(column: "b.c", isDescending: true)])
        #expect(byName["sparse"]?.comment == "sparse, used 0 times")
        #expect(byName["partial"]?.predicate == "{\"a\":{\"$gt\":10}}" && byName["partial"]?.keys.count == 2)
        #expect(byName["ttl"]?.comment == "expires after 99999999 s, used 0 times")
        #expect(byName["collated"]?.keys.first?.collation == "de")
        #expect(byName["wild"]?.method == "wildcard" && byName["hash"]?.method == "hashed")
        #expect(byName["geo"]?.method == "2dsphere" && byName["words"]?.method == "text")
        #expect(byName["words"]?.keys.map(\.column) == ["h", "t", "a"])
        #expect(byName["words"]?.keys.map(\.operatorClass) == [nil, "text", nil])
        #expect(byName["words"]?.keys.last?.isDescending == true)
        #expect(byName["hidden"]?.isValid == false && byName["hidden"]?.comment == "hidden, used 0 times")
      }
    }
  }

  @Test("a view of a view is read through, and one that fails says why")
  func views() async throws {
    try await withMongo { place in
      try await place.session { session in
        let name = place.collection
        try await session.insert((0..<30).map { ["a": .int32($0)] }, into: name)
        for text in [
          "{create: \"@_v1\", viewOn: \"@\", pipeline: [{$match: {a: {$gte: 10}}}, {$project: {_id: 0}}]}",
          "{create: \"@_v2\", viewOn: \"@_v1\", pipeline: [{$match: {a: {$gte: 20}}}]}",
          "{create: \"@_v3\", viewOn: \"@\", pipeline: [{$set: {b: {$divide: [\"$a\", 0]}}}]}",
        ] { try await session.execute(place.text(text)) }
        let inner = try await session.inferSchema(of: name + "_v2")
        #expect(inner.schema.documents == 10 && inner.description.columns.map(\.name) == ["a"])
        #expect(inner.coverage.isComplete && inner.coverage.notes.isEmpty && inner.description.table.kind == .view)
        #expect(inner.description.viewDefinition?.hasPrefix("{\"viewOn\":\"\(name)_v1\"") == true)

        let broken = try await session.inferSchema(of: name + "_v3")
        #expect(broken.coverage.seen == 0 && !broken.coverage.isComplete && broken.coverage.stoppedBy == .unreachable)
        #expect(broken.coverage.notes.contains { $0.contains("divide by zero") })
        let all = try await session.describeTables(ListOptions(nameGlob: name + "*"))
        #expect(all.items.map(\.statistics?.coverage.seen) == [30, 20, 10, 0])
        for view in ["_v1", "_v2", "_v3"] { try await session.execute(place.text("{drop: \"@\(view)\"}")) }
      }
    }
  }

  @Test("names with spaces, dots, quotes and other letters", arguments: [" b", ".b.c", "\"b", "'b", "ñ🎉", "[]{}"])
  func names(_ suffix: String) async throws {
    try await withMongo { place in
      try await place.session { session in
        let name = place.collection + suffix
        try await session.insert([["a": 1.5]], into: name)
        let found = try await session.inferSchema(of: name)
        #expect(found.description.table.reference.name == name && found.schema["a"]?.present == 1)
        try await session.execute(QueryRequest(.document(["drop": .text(name)])))
      }
    }
  }

  @Test("a validator of query operators is counted against, though it declares no fields")
  func queryValidator() async throws {
    try await withMongo { place in
      try await place.session { session in
        try await session.insert([["a": 1.5], ["a": "x"], ["b": 2.5]], into: place.collection)
        try await session.execute(
          place.text("{collMod: \"@\", validator: {a: {$type: \"double\"}}, validationLevel: \"off\"}"))
        let found = try await session.inferSchema(of: place.collection)
        #expect(found.violating == 2 && found.validator == nil && found.findings.isEmpty)
        let constraint = try #require(found.description.constraints.first)
        #expect(!constraint.isValidated && constraint.comment == "level off, action error")
        #expect(found.description.statistics?.details["validator"] == .document(["violating": 2]))

        try await session.execute(
          place.text(
            """
            {collMod: "@", validationLevel: "strict", validator: {$jsonSchema: {required: ["a"], properties: {a: {bsonType: "double"}}}}}
            """))
        let declared = try await session.inferSchema(of: place.collection)
        #expect(declared.violating == 2 && declared.findings.map(\.kind) == [.missing, .type, .undeclared])
      }
    }
  }

  @Test("a database without collections, and one that is not there, list nothing")
  func emptiness() async throws {
    try await withMongo { place in
      try await place.session { session in
        #expect(try await session.tables(in: place.collection).items.isEmpty)
        try await session.execute(place.text("{create: \"@\"}"))
        let found = try await session.inferSchema(of: place.collection)
        #expect(found.schema.documents == 0 && found.coverage.isComplete && found.description.columns.isEmpty)
        let system = try await session.tables(in: "admin", ListOptions(includesSystem: true)).items
        #expect(system.contains { $0.reference.name == "system.users" })
        #expect(try await session.tables(in: "admin").items.allSatisfy { !$0.reference.name.hasPrefix("system.") })
      }
    }
  }

  @Test("what a user may not see is a note and no error")
  func denials() async throws {
    try await withMongo { place in
      let id: BSONDocument = ["_id": .string(place.collection), "a": 1.5]
      _ = try await place.session { try await $0.insert([id], into: "app") }
      let limited = try MongoPlace(.mongoDBLimitedUser, policy: .readOnly)
      try await limited.session { session in
        let tables = try await session.tables()
        #expect(tables.items.map(\.reference.name) == ["app"] && tables.completeness != .complete)
        let found = try await session.inferSchema(of: "app")
        #expect(found.schema["a"] != nil && found.description.table.rows == nil)
        #expect(
          found.coverage.notes == [
            "sizes are not known: collStats is denied to this user",
            "options, validators and the pipelines of views are not known: listCollections is denied to this user",
            "indexes are not known: listIndexes is denied to this user",
          ])
        let error = try await #require(throws: DBError.self) { try await session.tables(in: "config") }
        #expect(error.code == .permissionDenied && !error.message.contains("lsid"))
      }
      await limited.manager.shutdown(grace: .seconds(1))
      let reader = try MongoPlace(.mongoDBReader, policy: .readOnly)
      try await reader.session { session in
        let found = try await session.inferSchema(of: "app")
        #expect(found.description.indexes.map(\.name) == ["_id_"] && found.description.table.rows != nil)
        #expect(found.coverage.notes == ["how often indexes are used is not known: $indexStats is denied to this user"])
      }
      await reader.manager.shutdown(grace: .seconds(1))
      _ = try await place.session { session in
        try await session.bulkWrite([MongoWrite(.deleteOne(filter: ["_id": .string(place.collection)]))], to: "app")
      }
    }
  }
}

extension MongoPlace {
  /// A command as text, in which `@` stands for the place's collection.
  func text(_ text: String) -> QueryRequest {
    QueryRequest(unsafeText: text.split(separator: "@", omittingEmptySubsequences: false).joined(separator: collection))
  }
}
