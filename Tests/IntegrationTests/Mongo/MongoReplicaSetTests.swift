import DBAdapterCore
import DBAdapterTesting
import MongoAdapter
import Testing

/// A replica set that changes under load: every acknowledged write is found once, every error is true, money is neither made nor lost, and
/// every change is told once and in order.
@Suite(.serialized, .requires(.script))
struct MongoReplicaSetTests {
  private func primary(_ server: ThrowawayMongo, _ place: MongoPlace) async throws -> String {
    let hello = try await place.session { try await $0.execute(QueryRequest(.document(["hello": 1]))) }
    return try server.member(at: hello.rows[0].decode(String.self, at: "primary")).name
  }

  @Test(.timeLimit(.minutes(3)))
  func nothingAcknowledgedIsLostWithThePrimary() async throws {
    try await withThrowawayMongo { server in
      let load = try MongoReplicaSetLoad(server.url)
      var pauses: [(String, Duration)] = []
      try await load.run {
        for _ in 1...2 {
          let pause = try await load.pause {
            let stepDown: DBDocument = ["replSetStepDown": 5, "secondaryCatchUpPeriodSecs": 3, "$db": "admin"]
            _ = try await load.place.session { try await $0.execute(QueryRequest(.document(stepDown))) }
          }
          pauses.append(("step-down", pause))
        }
        let first = try await primary(server, load.place)
        pauses.append(("kill -9", try await load.pause { try server.crash(first) }))
        try await server.startAgain()
        let second = try await primary(server, load.place)
        pauses.append(("SIGSTOP", try await load.pause { try server.pause(second) }))
        try server.resume(second)
      }
      try await load.verify()
      for (what, pause) in pauses {
        print("mongodb: no write for \(pause.brief) at \(what)")
        #expect(pause < .seconds(15), "\(what)")
      }
      print(
        "mongodb set: \(load.writes.acknowledged) writes acknowledged, \(load.writes.unknown) unknown,",
        "\(load.writes.refused) not done; \(load.transfers.acknowledged) transfers, \(load.transfers.unknown) unknown,",
        "\(load.transfers.refused) not done; \(load.changes.count) changes; the slowest write took \(load.slowest.brief);",
        "errors: \(load.errors)")
      #expect(load.slowest < .seconds(15))
      await load.place.leave()
    }
  }

  /// A commit that waits for servers that are silent is stopped at once, and nobody says that it was rolled back.
  @Test(.timeLimit(.minutes(1)))
  func aCommitThatWaitsForOthersIsUnknownWhenItIsStopped() async throws {
    try await withThrowawayMongo { server in
      let place = try MongoPlace(url: server.url, parameters: "w=majority")
      try await place.session { session in
        try await session.insert([["_id": 1]], into: place.collection)
        let primary = try await primary(server, place)
        for member in server.members where member.name != primary { try server.pause(member.name) }
        let task = Task {
          await outcome {
            try await session.withTransaction { _ = try await $0.insert([["_id": 2]], into: place.collection) }
          }
        }
        try await Task.sleep(for: .milliseconds(300))
        let watch = Stopwatch()
        task.cancel()
        let error = try #require(await task.value.error as? TransactionError)
        #expect(watch.time.own < .milliseconds(500), "\(watch.time)")
        #expect(error.outcome == .unknown && error.commitError?.code == .cancelled, "\(error)")
        for member in server.members where member.name != primary { try server.resume(member.name) }
      }
      let found = try await place.session {
        try await $0.execute(place.command("find", ["filter": .document(["_id": 2])])).rows.count
      }
      print("mongodb: a commit that was stopped while it waited for the others took effect: \(found == 1)")
      await place.leave()
    }
  }
}
