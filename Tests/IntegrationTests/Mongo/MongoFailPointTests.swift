import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

/// What the server says is wrong with a command, and what becomes of it.
@Suite(.serialized, .requires(.mongoDB))
struct MongoFailPointTests {
  private static let once = "&retryReads=false&retryWrites=false"
  private static let network: DBDocument = ["closeConnection": true]
  private static func code(_ code: Int64, _ labels: String...) -> DBDocument {
    let labels: [DBDocument.Field] =
      labels.isEmpty ? [] : [DBDocument.Field("errorLabels", .array(DBArray(labels.map { .text($0) })))]
    return DBDocument([DBDocument.Field("errorCode", .int(code))] + labels)
  }
  private static func concern(_ code: Int64, _ labels: String...) -> DBDocument {
    [
      "writeConcernError": .document(["code": .int(code), "errmsg": "not confirmed"]),
      "errorLabels": .array(DBArray(labels.map { .text($0) })),
    ]
  }

  @Test("one failure that another attempt mends is not seen, and writes are done once")
  func retries() async throws {
    try await withFailingMongo { place in
      try await place.session { session in
        _ = try await session.execute(place.insert(1))
        for failure in [Self.network, Self.code(91), Self.code(10107)] {
          let found = try await place.failing("find", with: failure) {
            try await session.execute(place.command("find"))
          }
          #expect(found.rows.count == 1, "\(failure)")
          let counted = try await place.failing("aggregate", with: failure) {
            try await session.execute(
              place.command("aggregate", ["pipeline": [.document(["$count": "n"])], "cursor": .document([:])]))
          }
          #expect(try counted.rows[0].decode(Int.self, at: "n") == 1, "\(failure)")
        }
        let failures = [
          Self.network, Self.code(91, "RetryableWriteError"), Self.code(10107, "RetryableWriteError"),
          // Done, and not confirmed: the second time the server knows it.
          Self.concern(91, "RetryableWriteError"),
        ]
        let step = MongoWrite(.updateOne(filter: ["_id": 1], change: ["$inc": ["n": 1]]))
        for (index, failure) in failures.enumerated() {
          try await place.failing("insert", "update", with: failure) {
            _ = try await session.execute(place.insert(index + 2))
          }
          _ = try await place.failing("update", with: failure) {
            try await session.bulkWrite([step], to: place.collection)
          }
          let change: DBDocument = ["query": .document(["_id": 1]), "update": .document(["$inc": .document(["n": 1])])]
          try await place.failing("findAndModify", with: failure) {
            _ = try await session.execute(place.command("findAndModify", change))
          }
        }
        let found = try await session.execute(place.command("find", ["filter": .document(["_id": 1])]))
        #expect(try found.rows[0].decode(Int.self, at: "n") == failures.count * 2)
      }
      #expect(try await place.numbers() == Array(1...5))
    }
  }

  @Test("a failure that may not be tried again says whether it may have been done")
  func withoutRetries() async throws {
    try await withFailingMongo(Self.once) { place in
      try await place.session { session in
        for (failure, code) in [
          (Self.network, DBError.Code.connectionLost), (Self.code(91), .serverShuttingDown),
          (Self.code(10107), .connectionLost),
        ] {
          let read = try await #require(throws: DBError.self) {
            try await place.failing("find", with: failure) { try await session.execute(place.command("find")) }
          }
          #expect(read.code == code && read.isRetryable, "\(read.debugDescription)")
          let write = try await #require(throws: DBError.self) {
            try await place.failing("insert", with: failure) { try await session.execute(place.insert(1)) }
          }
          #expect(write.code == code && write.retry == .ifIdempotent, "\(write.debugDescription)")
        }
        try await session.ping()
      }
      #expect(try await place.numbers() == [])
    }
  }

  @Test("errors keep the server's code, name and labels")
  func errors() async throws {
    try await withFailingMongo { place in
      try await place.session { session in
        let error = try await #require(throws: DBError.self) {
          try await place.failing("find", with: Self.code(292, "SomeLabel")) {
            try await session.execute(place.command("find"))
          }
        }
        #expect(error.code == .resourceLimit && error.server?.nativeCode == 292, "\(error.debugDescription)")
        #expect(error.server?.nativeName == "QueryExceededMemoryLimitNoDiskUseAllowed")
        #expect(error.server?.labels.contains("SomeLabel") == true)
        let unknown = try await #require(throws: DBError.self) {
          try await place.failing("find", with: Self.code(7_654_321)) {
            try await session.execute(place.command("find"))
          }
        }
        #expect(unknown.code == .serverError && unknown.server?.nativeCode == 7_654_321, "\(unknown.debugDescription)")
        #expect(unknown.retry == .never && unknown.outcome == "rejected")
      }
    }
  }

  @Test("a write concern that is not satisfied is told apart from a write that failed")
  func writeConcernErrors() async throws {
    try await withFailingMongo { place in
      try await place.session { session in
        var options = MongoBulkOptions()
        options.writeConcern = ["w": 5, "wtimeout": 100]
        let result = try await session.insert([["_id": 1], ["_id": 2]], into: place.collection, options)
        #expect(result.inserted == 2 && result.errors.isEmpty && !result.concernErrors.isEmpty)
        #expect(result.concernErrors.first?["code"] == 100, "\(result.concernErrors)")
        options.isOrdered = false
        let both = try await session.insert([["_id": 2], ["_id": 3]], into: place.collection, options)
        #expect(both.inserted == 1 && both.errors.map(\.position) == [0] && !both.concernErrors.isEmpty)
        let concern: DBValue = .document(["w": 5, "wtimeout": 100])
        for (index, command) in [
          place.command("insert", ["documents": [.document(["_id": 4])], "writeConcern": concern]),
          place.command(
            "findAndModify",
            ["query": .document(["_id": 5]), "update": .document(["n": 1]), "upsert": true, "writeConcern": concern]),
        ].enumerated() {
          let error = try await #require(throws: DBError.self) { try await session.execute(command) }
          #expect(error.server?.nativeCode == 100, "\(index): \(error.debugDescription)")
          #expect(error.retry == .ifIdempotent, "\(index): done, and said to be \(error.outcome)")
        }
      }
      #expect(try await place.numbers() == Array(1...5))
    }
  }

  @Test("a transaction begins again after what the server calls transient, in its body and at its end")
  func transientErrors() async throws {
    let transient = "TransientTransactionError"
    try await withFailingMongo { place in
      let cases: [(String, DBDocument, Int)] = [
        ("insert", Self.code(112, transient), 2), ("insert", Self.network, 1), ("insert", Self.code(251, transient), 1),
        ("commitTransaction", Self.code(251, transient), 2), ("commitTransaction", Self.code(112, transient), 1),
      ]
      for (index, (command, failure, times)) in cases.enumerated() {
        let attempts = Locked(0)
        try await place.failing(command, times: times, with: failure) {
          try await place.session { session in
            try await session.withRetriedTransaction { session in
              attempts.withLock { $0 += 1 }
              _ = try await session.execute(place.insert(index))
            }
          }
        }
        #expect(attempts.withLock { $0 } == times + 1, "\(command) \(failure)")
      }
      #expect(try await place.numbers() == Array(cases.indices))
      // Anything else is the caller's.
      let attempts = Locked(0)
      await #expect(throws: DBError.self) {
        try await place.failing("insert", times: nil, with: Self.code(121)) {
          try await place.session { session in
            try await session.withRetriedTransaction { session in
              attempts.withLock { $0 += 1 }
              _ = try await session.execute(place.insert(100))
            }
          }
        }
      }
      #expect(attempts.withLock { $0 } == 1)
    }
  }

  @Test("a commit is asked for again while its answer is lost, and its outcome is true")
  func commits() async throws {
    let unknown = "UnknownTransactionCommitResult"
    try await withFailingMongo { place in
      func transaction(_ number: Int) async -> (any Error)? {
        await outcome {
          try await place.session { session in
            try await session.withTransaction { _ = try await $0.execute(place.insert(number)) }
          }
        }.error
      }
      let mended: [(DBDocument, Int)] = [
        (Self.network, 1), (Self.network, 3), (Self.code(91, "RetryableWriteError", unknown), 2), (Self.concern(64), 2),
      ]
      for (index, (failure, times)) in mended.enumerated() {
        let error = try await place.failing("commitTransaction", times: times, with: failure) {
          await transaction(index)
        }
        #expect(error == nil, "\(failure): \(String(reflecting: error))")
      }
      #expect(try await place.numbers() == Array(mended.indices))
      let failures: [(DBDocument, Set<TransactionError.Outcome>)] = [
        // The server gave up waiting for the others, or cannot have as many: it is committed here.
        (Self.code(50, unknown), [.unknown]), (Self.concern(100), [.unknown]),
        (Self.concern(79), [.unknown]), (Self.code(251), [.rolledBack]),
      ]
      for (index, (failure, outcomes)) in failures.enumerated() {
        let (error, time) = try await Stopwatch.measure {
          try await place.failing("commitTransaction", times: nil, with: failure) { await transaction(index + 100) }
        }
        // There is nothing to ask again.
        #expect(time.own < .seconds(2), "\(failure): \(time)")
        let outcome = (error as? TransactionError)?.outcome
        #expect(outcome.map(outcomes.contains) == true, "\(failure): \(String(reflecting: error))")
      }
    }
  }

  @Test("a change stream goes on after what can be resumed, and ends with what cannot")
  func changeStreams() async throws {
    let resumable = "ResumableChangeStreamError"
    try await withFailingMongo { place in
      var options = MongoChangeOptions()
      options.wait = .milliseconds(100)
      let failures: [(DBDocument, Int)] = [
        (Self.code(6, resumable), 1), (Self.code(189, resumable), 2), (Self.network, 1), (Self.network, 3),
        (Self.code(43), 1), (Self.code(7_654_321, resumable), 1),
      ]
      try await place.session { session in
        try await session.withChanges(of: .collection(place.collection), options) { changes in
          var iterator = changes.makeAsyncIterator()
          for (index, (failure, times)) in failures.enumerated() {
            try await place.failing("getMore", "aggregate", times: times, with: failure) {
              try await place.session { _ = try await $0.execute(place.insert(index * 2)) }
              #expect(try await iterator.next()?.key?["_id"] == .int32(Int32(index * 2)), "\(failure) \(times)")
              try await place.session { _ = try await $0.execute(place.insert(index * 2 + 1)) }
              #expect(try await iterator.next()?.key?["_id"] == .int32(Int32(index * 2 + 1)), "\(failure) \(times)")
            }
          }
        }
        for (failure, code) in [
          (Self.code(280, "NonResumableChangeStreamError"), DBError.Code.serverError),
          (Self.code(286), .objectNotFound),
          (Self.code(13), .permissionDenied),
        ] {
          let error = try await #require(throws: DBError.self) {
            try await session.withChanges(of: .collection(place.collection), options) { changes in
              try await place.failing("getMore", with: failure) { for try await _ in changes {} }
            }
          }
          #expect(error.code == code, "\(error.debugDescription)")
          try await session.ping()
        }
      }
    }
  }
}
