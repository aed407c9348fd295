import DBAdapterCore
import DBAdapterTesting
import RedisAdapter
import Testing

/// Faults of the server itself, on instances that may be killed.
@Suite(.serialized, .requires(.script))
struct RedisFaultServerTests {
  private func manager(_ policy: AccessPolicy = .readWrite) throws -> ConnectionManager {
    ConnectionManager(
      registry: try AdapterRegistry([.redis]),
      configuration: ConnectionManagerConfiguration(connectTimeout: .seconds(5)), policy: policy)
  }

  private func expectNoSecret(
    _ error: DBError?, of target: ConnectionString, sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) {
    let secret = target.password?.withExposed { $0 } ?? "?"
    #expect(error?.debugDescription.contains(secret) == false, sourceLocation: sourceLocation)
    #expect(error?.description.contains(secret) == false, sourceLocation: sourceLocation)
  }

  /// Writers, a blocked reader and a subscriber lose their server at once; every acknowledged write survives.
  @Test(.timeLimit(.minutes(2))) func aKilledServerFailsEveryoneSoonAndLosesNoAcknowledgedWrite() async throws {
    try await withThrowawayRedis { server in
      let manager = try manager()
      let target = try ConnectionString(server.url)
      let (ledger, slowest, isOver) = (WriteLedger(), Locked(Duration.zero), Locked(false))
      let writers = (0..<200).map { writer in
        Task {
          var step = 0
          while !isOver.withLock({ $0 }) {
            step += 1
            let (value, watch) = ("\(writer)-\(step)", Stopwatch())
            let before = ledger.acknowledged
            await ledger.write(value) { _ = try await manager.execute("RPUSH writes \(value)", on: target) }
            // Whoever is refused at once would otherwise ask again at once.
            guard ledger.acknowledged == before else { continue }
            let time = watch.time.own
            slowest.withLock { $0 = max($0, time) }
            try? await Task.sleep(for: .milliseconds(20))
          }
        }
      }
      let blocked = Task {
        await outcome { _ = try await manager.execute("BLPOP none 0", on: target) }
      }
      let subscriber = Task {
        await outcome {
          try await manager.withSession(target) { session in
            try await session.withMessages(of: [.channel("news")]) { for try await _ in $0 {} }
          }
        }
      }
      try await eventually("only few writes", within: .seconds(20)) { ledger.acknowledged > 500 }
      try await eventually("nobody is blocked") {
        let clients = try await RedisFaultFixture.look(at: target, "CLIENT LIST").rows
        return clients.contains { $0["cmd"] == "blpop" } && clients.contains { $0["cmd"] == "subscribe" }
      }
      try server.crash()
      let killed = Stopwatch()
      for task in [blocked, subscriber] {
        let error = try #require(await task.value.error as? DBError)
        // A manager asks again for what nothing was sent of, and then there is nobody to ask.
        #expect([.connectionLost, .connectionFailed].contains(error.code), "\(error.debugDescription)")
        #expect(error.retry == .ifIdempotent, "\(error.debugDescription)")
        expectNoSecret(error, of: target)
      }
      #expect(killed.time.own < .seconds(1), "the last one noticed after \(killed.time)")
      let (gone, time) = await outcome { try await manager.withSession(target) { _ in } }
      #expect(
        (gone as? DBError)?.code == .connectionFailed && (gone as? DBError)?.retry == .safe,
        "\(String(describing: gone))")
      // There are 200 others that ask as well.
      #expect(time.own < .seconds(1), "\(time)")
      let before = ledger.acknowledged
      try await server.startAgain()
      let up = Stopwatch()
      try await eventually("no write since the server is back", within: .seconds(10)) { ledger.acknowledged > before }
      let healed = up.time
      #expect(healed.own < .seconds(2), "healed after \(healed)")
      try await eventually("only few writes since", within: .seconds(10)) { ledger.acknowledged > before + 200 }
      isOver.withLock { $0 = true }
      for writer in writers { await writer.value }
      ledger.check(try await RedisFaultFixture.look(at: target, "LRANGE writes 0 -1").rows.map { $0[0].description })
      let worst = slowest.withLock { $0 }
      #expect(worst < .seconds(1) + .milliseconds(250), "somebody waited \(worst) to fail")
      print(
        "redis killed: \(ledger.acknowledged) writes acknowledged, \(ledger.unknown) unknown, \(ledger.refused) refused;",
        "healed after \(healed), the slowest failure took \(worst)")
      await manager.shutdown(grace: .zero)
      try await eventually("sockets are left") { ProcessTable.sockets(toPort: target.endpoints[0].port ?? 0) == 0 }
    }
  }

  @Test(.timeLimit(.minutes(1))) func aChangedPasswordIsNoticedWhenItMatters() async throws {
    try await withThrowawayRedis { server in
      let target = try ConnectionString(server.url)
      let password = target.password?.withExposed { $0 } ?? ""
      let admin = try manager(.administrative)
      let manager = try manager()
      try await manager.withSession(target) { _ = try await $0.execute("SET a 1") }
      try await admin.withSession(target, exclusively: true) { admin in
        _ = try await admin.execute("CONFIG SET requirepass HuNtEr2")
        // Who is in stays in.
        _ = try await manager.execute("SET a 2", on: target)
        // The pool's connection is taken, so another one is needed.
        let (thrown, _) = await outcome {
          try await manager.withSession(target) { _ in try await manager.withSession(target, exclusively: true) { _ in }
          }
        }
        let wrong = thrown as? DBError
        #expect(wrong?.code == .authenticationFailed && wrong?.stage == .authentication && wrong?.retry == .never)
        #expect(wrong?.server?.nativeName == "WRONGPASS", "\(wrong.debugDescription)")
        expectNoSecret(wrong, of: target)
        _ = try await admin.execute("CLIENT KILL TYPE normal SKIPME yes")
        try await eventually("the connection is still there") {
          ProcessTable.sockets(toPort: target.endpoints[0].port ?? 0) == 1
        }
        let (refused, time) = await outcome { _ = try await manager.execute("SET a 3", on: target) }
        #expect((refused as? DBError)?.code == .authenticationFailed, "\(String(describing: refused))")
        #expect(time.own < .milliseconds(250), "\(time)")
        _ = try await admin.execute("CONFIG SET requirepass \(password)")
      }
      try await eventually("the password is right again", within: .seconds(3)) {
        (try? await manager.execute("GET a", on: target).rows[0][0]) == "2"
      }
      await manager.shutdown(grace: .zero)
      await admin.shutdown(grace: .zero)
    }
  }

  @Test(.timeLimit(.minutes(1))) func tooManyClientsSayThat() async throws {
    try await withThrowawayRedis(directives: ["maxclients": "4"]) { server in
      let target = try ConnectionString(server.url)
      // A manager each: one whose pool has a connection waits for that one.
      func nest(_ depth: Int) async throws {
        let manager = try self.manager()
        do {
          try await manager.withSession(target) { _ in if depth > 1 { try await nest(depth - 1) } }
        } catch {
          await manager.shutdown(grace: .zero)
          throw error
        }
        await manager.shutdown(grace: .zero)
      }
      let error = await #expect(throws: DBError.self) { try await nest(6) }
      #expect(error?.code == .tooManyConnections && error?.retry == .safe, "\(error.debugDescription)")
      #expect(error?.stage != nil && error?.outcome == "rejected", "\(error.debugDescription)")
      expectNoSecret(error, of: target)
      let manager = try self.manager()
      try await eventually("there are still too many") {
        (try? await manager.withSession(target) { try await $0.ping() }) != nil
      }
      await manager.shutdown(grace: .zero)
    }
  }

  @Test(.timeLimit(.minutes(1))) func fullMemoryRefusesWritesAndReadsGoOn() async throws {
    try await withThrowawayRedis(directives: ["maxmemory": "4mb", "maxmemory-policy": "noeviction"]) { server in
      let target = try ConnectionString(server.url)
      let manager = try manager()
      try await manager.withSession(target) { session in
        let value = String(repeating: "x", count: 100_000)
        var stored = 0
        let (thrown, _) = await outcome {
          for index in 0..<100 {
            _ = try await session.execute("SET \("key:\(index)") \(value)")
            stored += 1
          }
        }
        let error = try #require(thrown as? DBError)
        #expect(error.code == .resourceLimit && error.server?.nativeName == "OOM", "\(error.debugDescription)")
        #expect(error.outcome == "rejected" && stored > 1, "\(error.outcome) after \(stored)")
        #expect(try await session.execute("STRLEN key:0").rows[0][0] == 100_000)
        _ = try await session.pipeline((0..<stored).map { "UNLINK \("key:\($0)")" })
        try await eventually("there is still no room") {
          (try? await session.execute("SET small 1")) != nil
        }
      }
      await manager.shutdown(grace: .zero)
    }
  }

  /// While a server reads its data it answers, and says that it is too early.
  @Test(.timeLimit(.minutes(1))) func aServerThatLoadsIsWaitedFor() async throws {
    try await withThrowawayRedis(directives: ["key-load-delay": "400"]) { server in
      let target = try ConnectionString(server.url)
      let manager = try manager()
      try await manager.withSession(target) { session in
        _ = try await session.pipeline((0..<5_000).map { "SET \("key:\($0)") x" })
      }
      try server.crash()
      try await eventually("the connection is still there") {
        ProcessTable.sockets(toPort: target.endpoints[0].port ?? 0) == 0
      }
      async let started: Void = server.startAgain()
      let seen = Locked<Set<String>>([])
      try await eventually("it does not load", within: .seconds(30)) {
        do {
          return try await manager.withSession(target) { try await $0.execute("DBSIZE").rows[0][0] == 5_000 }
        } catch let error as DBError {
          #expect(error.retry == .safe && error.isRetryable, "\(error.debugDescription)")
          #expect(error.code == .connectionFailed || error.code == .timeout, "\(error.debugDescription)")
          seen.withLock { _ = $0.insert(error.server?.nativeName ?? error.code.description) }
          return false
        }
      }
      try await started
      #expect(seen.withLock { $0 }.contains("LOADING"), "\(seen.withLock { $0 })")
      await manager.shutdown(grace: .zero)
    }
  }

  @Test(.timeLimit(.minutes(1))) func aBusyServerSaysThatAndIsFreed() async throws {
    try await withThrowawayRedis(directives: ["lua-time-limit": "50"]) { server in
      let target = try ConnectionString(server.url)
      let manager = try manager(.administrative)
      try await manager.withSession(target) { session in
        _ = try await session.execute("SET a 1")
        let script = Task {
          await outcome {
            try await manager.withSession(target, exclusively: true) {
              _ = try await $0.execute(QueryRequest("EVAL 'while true do end' 0").timeout(.seconds(20)))
            }
          }
        }
        var refusal: DBError?
        try await eventually("nobody is busy") {
          do { _ = try await session.execute("GET a") } catch let error as DBError { refusal = error }
          return refusal != nil
        }
        #expect(refusal?.code == .lockNotAvailable && refusal?.retry == .safe, "\(refusal.debugDescription)")
        #expect(refusal?.server?.nativeName == "BUSY", "\(refusal.debugDescription)")
        // Who comes anew hears the same.
        let newcomer = try self.manager()
        let dialled = await outcome { try await newcomer.withSession(target) { _ in } }
        let busy = dialled.error as? DBError
        #expect(busy?.code == .lockNotAvailable && busy?.retry == .safe, "\(busy.debugDescription)")
        #expect(busy?.stage == .startup && dialled.time.own < .milliseconds(500), "\(dialled.time)")
        await newcomer.shutdown(grace: .zero)
        _ = try await session.execute("SCRIPT KILL")
        let killed = try #require(await script.value.error as? DBError)
        #expect(killed.server != nil && killed.retry == .never, "\(killed.debugDescription)")
        #expect(try await session.execute("GET a").rows[0][0] == "1")
      }
      await manager.shutdown(grace: .zero)
    }
  }

  @Test(.timeLimit(.minutes(1))) func aReplicaRefusesWrites() async throws {
    try await withThrowawayRedis(directives: ["replicaof": "127.0.0.1 1"]) { server in
      let target = try ConnectionString(server.url)
      let manager = try manager()
      try await manager.withSession(target) { session in
        let info = try await session.serverInfo()
        #expect(info.role == "replica" && info.isReadOnly)
        let error = await #expect(throws: DBError.self) { try await session.execute("SET a 1") }
        #expect(error?.code == .permissionDenied && error?.retry == .safe, "\(error.debugDescription)")
        #expect(error?.server?.nativeName == "READONLY" && error?.outcome == "rejected", "\(error.debugDescription)")
        #expect(try await session.execute("GET a").rows[0][0] == .null)
      }
      // A server that cannot be written to is not kept in case it is the wrong one.
      try await eventually("the connection is kept") { manager.snapshot().allSatisfy { $0.total == 0 } }
      await manager.shutdown(grace: .zero)
    }
  }
}
