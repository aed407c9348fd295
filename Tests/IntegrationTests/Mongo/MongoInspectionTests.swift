import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

@Suite(
  "MongoDB inspection", .enabled(if: TestServers.canTest(.mongoDB), Comment(rawValue: TestServers.missing(.mongoDB))))
struct MongoInspectionTests {
  @Test("databases and collections are listed with their kind and options")
  func listing() async throws {
    try await withMongo { place in
      try await place.session { session in
        let name = place.collection
        for options: DBDocument in [
          ["capped": true, "size": .int(4_096), "max": .int(10)],
          ["viewOn": .text(name), "pipeline": .array(DBArray([.document(["$match": .document(["a": .int(1)])])]))],
          ["timeseries": .document(["timeField": "at", "metaField": "who"])],
          ["clusteredIndex": .document(["key": .document(["_id": .int(1)]), "unique": true])],
        ] {
          let kind = options.fields[0].name
          try await session.execute(
            QueryRequest(.document(DBDocument([.init("create", .text("\(name)_\(kind)"))] + options.fields))))
        }
        let schemas = try await session.schemas().items.map(\.name)
        #expect(schemas.contains("bosdb_test") && !schemas.contains("admin"))
        let tables = try await session.tables(ListOptions(nameGlob: name + "_*", includesEstimates: true))
        #expect(tables.items.map(\.kind) == [.collection, .collection, .timeSeries, .view])
        let capped = try await session.describe(TableReference(schema: nil, name: name + "_capped"))
        #expect(capped.options == ["capped at 4096 bytes or 10 documents"])
        let view = try await session.describe(TableReference(schema: nil, name: name + "_viewOn"))
        #expect(view.viewDefinition == "{\"viewOn\":\"\(name)\",\"pipeline\":[{\"$match\":{\"a\":1}}]}")
        let clustered = try await session.describe(TableReference(schema: nil, name: name + "_clusteredIndex"))
        #expect(clustered.indexes.first?.method == "clustered")
        let series = try await session.describe(TableReference(schema: nil, name: name + "_timeseries"))
        #expect(series.options.first?.hasPrefix("time series {\"timeField\":\"at\"") == true)
        for table in tables.items {
          try await session.execute(QueryRequest(.document(["drop": .text(table.reference.name)])))
        }
        let error = try await #require(throws: DBError.self) {
          try await session.describe(TableReference(schema: nil, name: name + "_nothing"))
        }
        #expect(error.code == .objectNotFound)
      }
    }
  }

  @Test("a collection is described by its documents, its indexes and its validator, and where they differ")
  func description() async throws {
    try await withMongo { place in
      try await place.session { session in
        try await session.insert(
          (0..<100).map { number in
            number % 4 == 0
              ? ["_id": .int32(number), "name": "x", "tags": ["a"]]
              : ["_id": .int32(number), "name": .int32(number), "place": ["lat": 1.5]]
          }, into: place.collection)
        let schema: DBDocument = [
          "bsonType": "object", "required": .array(DBArray(["place"])),
          "properties": .document(["name": .document(["bsonType": "string"])]),
        ]
        try await session.execute(
          place.command(
            "collMod",
            [
              "validator": .document(["$jsonSchema": .document(schema)]), "validationAction": "warn",
            ]))
        let index: DBDocument = [
          "key": .document(["name": .int(1), "place.lat": .int(-1)]), "name": "by_name", "sparse": true,
        ]
        try await session.execute(place.command("createIndexes", ["indexes": .array(DBArray([.document(index)]))]))

        let description = try await session.describe(TableReference(schema: nil, name: place.collection))
        #expect(description.origin == .inferred(sampled: 100, of: 100, method: "find"))
        #expect(description.columns.map(\.name) == ["_id", "name", "tags", "tags[]", "place", "place.lat"])
        let name = try #require(description.columns.first { $0.name == "name" })
        #expect(name.presence == 1 && name.observedTypes.map(\.type.nativeName) == ["int", "string"])
        #expect(description.columns.first { $0.name == "place" }?.presence == 0.75)
        let byName = try #require(description.indexes.first { $0.name == "by_name" })
        #expect(byName.keys.map(\.column) == ["name", "place.lat"] && byName.keys[1].isDescending)
        #expect(byName.comment?.hasPrefix("sparse, used") == true)
        guard case .document(let report)? = description.statistics?.details["validator"] else {
          Issue.record("no report of the validator")
          return
        }
        #expect(report["violating"] == .int(100))
        #expect(description.constraints.first?.comment == "level strict, action warn")
      }
    }
  }

  @Test("an explanation says in a sentence what the plan does")
  func explanation() async throws {
    try await withMongo { place in
      try await place.session { session in
        try await session.insert((0..<50).map { ["_id": .int32($0), "n": .int32($0 % 5)] }, into: place.collection)
        let scan = place.command("find", ["filter": .document(["n": .int(1)])])
        let plan = try await session.explain(scan)
        #expect(plan.roots.first?.operation == "COLLSCAN" && plan.notes.contains { $0.contains("COLLSCAN") })
        let analysis = try await session.explain(scan, mode: .analyze)
        #expect(
          analysis.notes.contains(
            "examined 50 documents and 0 index keys to return 10: 5 documents for each"))
        let stages: DBValue = .array(
          DBArray([
            .document(["$match": .document(["_id": .document(["$gt": .int(3)])])]),
            .document(["$group": .document(["_id": "$n"])]),
          ]))
        let pipeline = try await session.explain(place.command("aggregate", ["pipeline": stages]))
        #expect(!pipeline.roots.isEmpty && pipeline.notes.contains("uses the index _id_"))
      }
    }
  }
}
