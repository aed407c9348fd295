import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

/// Cancellation and time limits: the caller is freed at once, the server stops, and the session goes on.
@Suite(.serialized, .requires(.mongoDB))
struct MongoStopTests {
  /// What can be stopped, the command of the server that it is, and whether it may have been done.
  enum Call: String, CaseIterable, CustomTestStringConvertible {
    case find, aggregate, count, insert, update, findAndModify, stream, commit, changes

    var testDescription: String { rawValue }

    var serverCommand: String {
      switch self {
      case .stream, .changes: "getMore"
      case .commit: "commitTransaction"
      default: rawValue
      }
    }

    func run(_ session: DatabaseSession, _ place: MongoFailingPlace, _ limit: Duration?) async throws {
      func request(_ request: QueryRequest) -> QueryRequest { limit.map { request.timeout($0) } ?? request }
      let rest: DBDocument
      switch self {
      case .find, .count: rest = [:]
      case .aggregate: rest = ["pipeline": [.document(["$match": .document([:])])], "cursor": .document([:])]
      case .insert: rest = ["documents": [.document(["_id": 0])]]
      case .findAndModify: rest = ["query": .document(["_id": 1]), "update": .document(["stopped": true])]
      case .update:
        var options = MongoBulkOptions()
        options.timeout = limit
        let write = MongoWrite(.updateMany(filter: [:], change: ["$set": ["stopped": true]]))
        try await session.bulkWrite([write, write], to: place.collection, options)
        return
      case .stream:
        return try await session.withRows(request(place.command("find")), batchSize: 10) { for try await _ in $0 {} }
      case .commit:
        return try await session.withTransaction { session in
          _ = try await session.insert([["_id": 0]], into: place.collection)
        }
      case .changes:
        return try await session.withChanges(of: .collection(place.collection)) { for try await _ in $0 {} }
      }
      _ = try await session.execute(request(place.command(rawValue, rest)))
    }
  }

  private static let blocked: DBDocument = ["blockConnection": true, "blockTimeMS": 20_000]

  private func isRunning(_ call: Call, _ place: MongoFailingPlace) async throws -> Bool {
    let value: DBValue = call == .aggregate ? .text(place.collection) : .document(["$exists": true])
    return try await !place.watcher.operations([
      "appName": .text(place.name), "command.\(call.serverCommand)": value, "active": true,
    ]).isEmpty
  }

  private func expectStopped(_ call: Call, _ place: MongoFailingPlace) async throws {
    try await eventually("the server goes on with \(call)", within: .seconds(2)) {
      try await !isRunning(call, place)
    }
    let stopped = try await place.session {
      try await $0.execute(place.command("count", ["query": .document(["stopped": true])])).rows[0][0]
    }
    #expect(stopped == 0, "\(call) went on")
  }

  private func withCall(_ call: Call, _ body: (MongoFailingPlace, DatabaseSession) async throws -> Void) async throws {
    try await withFailingMongo { place in
      try await place.session { session in
        try await session.insert((1...3_000).map { ["_id": .int32($0)] }, into: place.collection)
        try await body(place, session)
        try await expectStopped(call, place)
        // The session itself goes on.
        try await session.ping()
        let zero = try await session.execute(place.command("count", ["query": .document(["_id": 0])])).rows[0][0]
        #expect(zero == 0, "\(call) was done")
      }
    }
  }

  @Test(.timeLimit(.minutes(1)), arguments: Call.allCases)
  func cancellingEndsACallEverywhere(_ call: Call) async throws {
    try await withCall(call) { place, session in
      try await place.failing(call.serverCommand, times: nil, with: Self.blocked) {
        let task = Task { await outcome { try await call.run(session, place, nil) } }
        try await eventually("the server does not run \(call)") { try await isRunning(call, place) }
        let watch = Stopwatch()
        task.cancel()
        let (thrown, _) = await task.value
        #expect(watch.time.own < .milliseconds(250), "\(watch.time)")
        if call == .commit {
          // Whoever stops a commit cannot know how far it had come: mongos may have handed it on.
          let error = try #require(thrown as? TransactionError)
          #expect(error.commitError?.code == .cancelled && error.outcome == .unknown, "\(error)")
        } else {
          #expect((thrown as? DBError)?.code == .cancelled, "\(String(reflecting: thrown))")
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(1)), arguments: Call.allCases.filter { $0 != .commit && $0 != .changes })
  func aTimeLimitEndsACallEverywhere(_ call: Call) async throws {
    try await withCall(call) { place, session in
      let limit = Duration.milliseconds(200)
      try await place.failing(call.serverCommand, times: nil, with: Self.blocked) {
        let (thrown, time) = await outcome { try await call.run(session, place, limit) }
        #expect((thrown as? DBError)?.code == .timeout, "\(String(reflecting: thrown))")
        #expect(time.own < limit + .milliseconds(250), "\(time)")
      }
    }
  }

  /// Stops of one session meet nobody else's commands, and no later ones of its own.
  @Test(.timeLimit(.minutes(1))) func stopsMeetNobodyElse() async throws {
    try await withMongo { place in
      _ = try await place.session { try await $0.insert([["_id": 1]], into: place.collection) }
      let slow = place.command("find", ["filter": .document(["$where": "sleep(20000) || true"])])
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<6 {
          group.addTask {
            for round in 0..<12 {
              try await place.session { session in
                if number < 3 {
                  let task = Task { try await session.execute(slow) }
                  try await Task.sleep(for: .milliseconds(round * 2))
                  task.cancel()
                  let error = await #expect(throws: DBError.self) { try await task.value }
                  #expect(error?.code == .cancelled)
                }
                do {
                  let count = try await session.execute(place.command("count")).rows[0][0]
                  #expect(count == 1)
                } catch let error as DBError {
                  // A server that is too slow to answer the stop costs the session, which says so.
                  #expect(number < 3 && error.code == .connectionLost && error.retry == .safe, "\(error)")
                }
              }
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }
}
