import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

/// Documents, messages and results at the limits of the server, and beyond.
@Suite(.serialized, .requires(.mongoDB))
struct MongoSizeTests {
  /// The largest document: 16 MB.
  private static let largest = 16 << 20

  /// A document of exactly so many bytes: five of its own, 11 of `_id`, 3 of the name `t` and 5 of its text's length and end.
  private func document(bytes: Int, id: Int32) -> BSONDocument {
    let empty: BSONDocument = ["_id": .int32(id), "t": ""]
    let document: BSONDocument = [
      "_id": .int32(id), "t": .string(String(repeating: "x", count: bytes - empty.bytes.count)),
    ]
    return document
  }

  @Test("a document of 16 MB is stored, and one byte more is refused", .timeLimit(.minutes(1)))
  func largestDocument() async throws {
    try await withMongo { place in
      try await place.session { session in
        let largest = document(bytes: Self.largest, id: 1)
        #expect(largest.bytes.count == Self.largest)
        try await session.insert([largest], into: place.collection)
        let found = try await session.execute(place.command("find"))
        #expect(found.rows.count == 1 && found.rows[0].bson == largest)
        // Up to 16 kB more are the server's to refuse, one by one; what is larger still never leaves.
        var options = MongoBulkOptions()
        options.isOrdered = false
        let one = try await session.insert(
          [["_id": 2], document(bytes: Self.largest + 1, id: 3), ["_id": 4]], into: place.collection, options)
        #expect(one.inserted == 2 && one.errors.map(\.position) == [1], "\(one.errors)")
        let error = try await #require(throws: DBError.self) {
          try await session.insert([document(bytes: Self.largest + 20_000, id: 5)], into: place.collection)
        }
        #expect([.dataInvalid, .invalidParameter].contains(error.code), "\(error.code)")
        #expect(error.retry == .never && !error.description.contains("xxxxx"))
        try await session.ping()
        let change = MongoWrite(.updateOne(filter: ["_id": 1], change: ["$set": ["more": "x"]]))
        let result = try await session.bulkWrite([change], to: place.collection)
        #expect(result.errors.count == 1 && result.modified == 0, "\(result.errors)")
        try await session.ping()
      }
    }
  }

  @Test("lists beyond one message are sent in several, and every error has its own place", .timeLimit(.minutes(1)))
  func largeLists() async throws {
    try await withMongo { place in
      try await place.session { session in
        let many = try await session.insert((0..<250_000).map { ["_id": .int32($0)] }, into: place.collection)
        #expect(many.inserted == 250_000 && many.errors.isEmpty)
        var options = MongoBulkOptions()
        options.isOrdered = false
        let again = try await session.insert(
          (0..<220_000).map { ["_id": .int32($0 % 110_000 == 0 ? $0 : $0 + 1_000_000)] }, into: place.collection,
          options)
        #expect(again.errors.map(\.position) == [0, 110_000] && again.inserted == 219_998)
        options.isOrdered = true
        let ordered = try await session.insert(
          (0..<150_000).map { ["_id": .int32($0 == 120_000 ? 0 : $0 + 2_000_000)] }, into: place.collection, options)
        #expect(ordered.inserted == 120_000 && ordered.errors.map(\.position) == [120_000])
        // 64 MB: a message has 48.
        let wide = try await session.insert(
          (0..<64).map { document(bytes: 1 << 20, id: -1 - $0) }, into: place.collection)
        #expect(wide.inserted == 64)
        let count = try await session.execute(place.command("count")).rows[0][0]
        #expect(count == .int(250_000 + 219_998 + 120_000 + 64))
      }
    }
  }

  @Test("a million documents stream in flat memory, and leaving them ends the cursor", .timeLimit(.minutes(1)))
  func millionDocuments() async throws {
    try await withMongo(policy: .administrative) { place in
      try await place.session { session in
        for part in 0..<10 {
          try await session.insert(
            (0..<100_000).map { ["_id": .int32(Int32(part) * 100_000 + $0), "n": .int64(Int64($0))] },
            into: place.collection)
        }
        var (count, early, peak) = (0, 0, 0)
        let watch = Stopwatch()
        try await session.withRows(place.command("find")) { rows in
          for try await batch in rows.batches {
            count += batch.count
            let resident = ProcessTable.residentBytes
            if count < 100_000 { early = max(early, resident) } else { peak = max(peak, resident) }
          }
        }
        #expect(count == 1_000_000)
        #expect(peak - early < 16 << 20, "memory grew by \((peak - early) >> 20) MB")
        print("mongodb: a million documents in \(watch.time), memory grew by \((peak - early) >> 10) kB")
        let cursors: DBDocument = ["type": "idleCursor", "ns": .text("bosdb_test.\(place.collection)")]
        try await session.withRows(place.command("find"), batchSize: 10) { rows in
          for try await _ in rows { break }
          #expect(try await place.operations(cursors).count == 1)
        }
        try await eventually("the cursor is left") { try await place.operations(cursors).isEmpty }
        // Also where somebody dropped it in the middle.
        struct Enough: Error {}
        for _ in 0..<5 {
          await #expect(throws: Enough.self) {
            try await session.withRows(place.command("find"), batchSize: 10) { rows in
              for try await _ in rows { throw Enough() }
            }
          }
        }
        try await eventually("cursors are left") { try await place.operations(cursors).isEmpty }
      }
    }
  }

  @Test("documents are nested as deep as the server takes them, and deeper ones are refused")
  func depth() async throws {
    func nested(_ depth: Int, id: Int32) -> BSONDocument {
      var inner: BSONDocument = ["leaf": 1]
      for _ in 2..<depth { inner = ["d": .document(inner)] }
      return ["_id": .int32(id), "d": .document(inner)]
    }
    try await withMongo { place in
      try await place.session { session in
        for depth in [10, 50, 99, 100] {
          let document = nested(depth, id: Int32(depth))
          try await session.insert([document], into: place.collection)
          let found = try await session.execute(
            place.command("find", ["filter": .document(["_id": .int(Int64(depth))])]))
          #expect(found.rows.first?.bson == document, "depth \(depth)")
        }
        for depth in [250, 2_000] {
          let (thrown, _) = await outcome {
            let result = try await session.insert([nested(depth, id: Int32(depth))], into: place.collection)
            if !result.errors.isEmpty { throw result.errors[0] }
          }
          #expect(thrown != nil, "depth \(depth)")
          try await session.ping()
        }
      }
    }
  }
}
