import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

@Suite(
  "MongoDB sessions", .enabled(if: TestServers.canTest(.mongoDB), Comment(rawValue: TestServers.missing(.mongoDB))))
struct MongoSessionTests {
  @Test(
    "a server says who it is over TCP, TLS, a socket, and with a certificate",
    arguments: [
      TestServer.mongoDB, .mongoDBTLS, .mongoDBSocket, .mongoDBCertificate,
    ])
  func serverInfo(server: TestServer) async throws {
    try await withMongo(server) { place in
      let info = try await place.session { try await $0.serverInfo() }
      #expect(info.product == "MongoDB" && info.version.hasPrefix("6."))
      #expect(info.role == "primary" && info.database == "bosdb_test" && info.user != nil)
      #expect(info.capabilities.contains(.transactions))
      #expect((info.encryption != nil) == (server == .mongoDBTLS || server == .mongoDBCertificate))
    }
  }

  @Test("documents are written, found, counted, changed and removed")
  func commands() async throws {
    try await withMongo { place in
      try await place.session { session in
        let written = try await session.insert(
          [["_id": 1, "name": "Ada", "tags": ["a", "b"]], ["_id": 2, "name": "Bob"]], into: place.collection)
        #expect(written.inserted == 2 && written.errors.isEmpty)

        let found = try await session.execute(place.command("find", ["filter": .document(["_id": .int(1)])]))
        #expect(found.reply == .documents && found.rows.count == 1)
        #expect(try found.rows[0].decode(String.self, at: "name") == "Ada")
        #expect(try found.rows[0].decode(String?.self, at: "nothing") == nil)
        #expect(found.rows[0].bson?["tags"] == ["a", "b"])

        let count = try await session.execute(place.command("count"))
        #expect(try count.rows[0].decode(Int.self) == 2)
        let names = try await session.execute(place.command("distinct", ["key": "name"]))
        #expect(Set(names.rows.map { $0[0] }) == ["Ada", "Bob"])

        let update: DBDocument = [
          "q": .document([:]), "u": .document(["$set": .document(["old": true])]), "multi": true,
        ]
        let changed = try await session.execute(
          place.command("update", ["updates": .array(DBArray([.document(update)]))]))
        #expect(changed.affectedRows == 2)
        let removal: DBDocument = ["q": .document([:]), "limit": .int(1)]
        let removed = try await session.execute(
          place.command("delete", ["deletes": .array(DBArray([.document(removal)]))]))
        #expect(removed.affectedRows == 1)
      }
    }
  }

  @Test("a write that fails names the index, and a list of writes says which did")
  func writeErrors() async throws {
    try await withMongo { place in
      try await place.session { session in
        let documents: [BSONDocument] = [["_id": 1], ["_id": 1], ["_id": 2]]
        var options = MongoBulkOptions()
        options.isOrdered = false
        let result = try await session.insert(documents, into: place.collection, options)
        #expect(result.inserted == 2 && result.errors.map(\.position) == [1] && result.errors[0].code == 11000)

        let again: DBDocument = ["documents": .array(DBArray([.document(["_id": .int(2)])]))]
        let error = try await #require(throws: DBError.self) {
          try await session.execute(place.command("insert", again))
        }
        #expect(error.code == .constraintViolation && error.server?.nativeCode == 11000)
        #expect(error.server?.detail?.contains("number 0") == true)
      }
    }
  }

  @Test("a cancelled command ends on the server, and its session goes on", arguments: [false, true])
  func cancellation(isOnExecutor: Bool) async throws {
    try await withMongo { place in
      try await place.session { session in
        try await session.insert([["_id": 1]], into: place.collection)
        let sleep: DBDocument = ["filter": .document(["$where": "sleep(20000) || true"])]
        let task = Task {
          try await withTaskExecutorPreference(isOnExecutor ? session.executor : nil) {
            try await session.execute(place.command("find", sleep))
          }
        }
        try await Task.sleep(for: .milliseconds(300))
        let start = ContinuousClock.now
        task.cancel()
        let result = await task.result
        #expect(ContinuousClock.now - start < .milliseconds(250))
        #expect(throws: DBError.self) { try result.get() }
        let count = try await session.execute(place.command("count"))
        #expect(try count.rows[0].decode(Int.self) == 1)
        let running = try await session.execute(
          QueryRequest(
            .document([
              "aggregate": .int(1),
              "pipeline": .array(
                DBArray([
                  .document(["$currentOp": .document([:])]),
                  .document(["$match": .document(["command.find": .text(place.collection)])]),
                ])), "cursor": .document([:]), "$db": "admin",
            ]), intent: .read))
        #expect(running.rows.isEmpty)
      }
    }
  }

  @Test("a time limit holds for commands and for streams")
  func timeout() async throws {
    try await withMongo { place in
      try await place.session { session in
        try await session.insert([["_id": 1]], into: place.collection)
        let sleep = place.command("find", ["filter": .document(["$where": "sleep(20000) || true"])])
        let start = ContinuousClock.now
        let error = try await #require(throws: DBError.self) {
          try await session.execute(sleep.timeout(.milliseconds(200)))
        }
        #expect(error.code == .timeout && ContinuousClock.now - start < .milliseconds(450))
        try await session.ping()
      }
    }
  }

  @Test("documents are streamed, and an early end closes the cursor")
  func streaming() async throws {
    try await withMongo { place in
      try await place.session { session in
        try await session.insert(
          (0..<5_000).map { ["_id": .int32($0), "n": .int64(Int64($0))] }, into: place.collection)
        var sum = 0
        try await session.withRows(place.command("find"), batchSize: 100) { rows in
          for try await row in rows { sum += try row.decode(Int.self, at: "n") }
        }
        #expect(sum == 4_999 * 2_500)
        var seen = 0
        try await session.withRows(place.command("find"), batchSize: 100) { rows in
          for try await _ in rows {
            seen += 1
            if seen == 10 { break }
          }
        }
        let limited = try await session.execute(place.command("find").rowLimit(7))
        #expect(limited.rows.count == 7 && limited.truncation == Truncation(.rowLimit, limit: 7))
      }
    }
  }

  @Test("a transaction is committed whole, rolled back whole, and begun again after a conflict")
  func transactions() async throws {
    try await withMongo { place in
      try await place.session { session in
        try await session.insert([["_id": 1, "n": 0]], into: place.collection)
        try await session.withTransaction { session in
          try await session.insert([["_id": 2]], into: place.collection)
          try await session.insert([["_id": 3]], into: place.collection)
        }
        struct Stop: Error {}
        await #expect(throws: Stop.self) {
          try await session.withTransaction { session in
            try await session.insert([["_id": 4]], into: place.collection)
            throw Stop()
          }
        }
        let count = try await session.execute(place.command("count", ["query": .document([:])]))
        #expect(try count.rows[0].decode(Int.self) == 3)
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask {
            try await place.session { session in
              for _ in 0..<5 {
                try await session.withRetriedTransaction { session in
                  let found = try await session.execute(place.command("find", ["filter": .document(["_id": .int(1)])]))
                  let n = try found.rows[0].decode(Int.self, at: "n")
                  let write = MongoWrite(
                    .updateOne(filter: ["_id": 1], change: ["$set": ["n": .int64(Int64(n + 1))]]))
                  try await session.bulkWrite([write], to: place.collection)
                }
              }
            }
          }
        }
        try await group.waitForAll()
      }
      let found = try await place.session { session in
        try await session.execute(place.command("find", ["filter": .document(["_id": .int(1)])]))
      }
      #expect(try found.rows[0].decode(Int.self, at: "n") == 20)
    }
  }

  @Test("changes are told in order, and a stream goes on from where it was")
  func changes() async throws {
    try await withMongo { place in
      try await place.session { session in
        try await session.insert([["_id": 0]], into: place.collection)
        var token: BSONDocument?
        try await session.withChanges(of: .collection(place.collection)) { changes in
          try await place.session { writer in
            for number in 1...3 { try await writer.insert([["_id": .int32(Int32(number))]], into: place.collection) }
          }
          for try await change in changes {
            #expect(change.operation == "insert")
            token = change.resumeToken
            break
          }
        }
        var options = MongoChangeOptions()
        options.resumeAfter = token
        var keys: [BSONValue?] = []
        try await session.withChanges(of: .collection(place.collection), options) { changes in
          for try await change in changes {
            keys.append(change.key?["_id"])
            if keys.count == 2 { break }
          }
        }
        #expect(keys == [2, 3])
      }
    }
  }
}
