import DBAdapterCore
import DBAdapterTesting
import Foundation
import PostgresAdapter
import Testing

/// Faults of the server itself, on instances that may be killed.
@Suite(.serialized, .enabled(if: TestServers.canTest(.script), Comment(rawValue: TestServers.missing(.script))))
struct PostgresFaultServerTests {
  private func manager() throws -> ConnectionManager {
    ConnectionManager(
      registry: try AdapterRegistry([.postgres]),
      configuration: ConnectionManagerConfiguration(connectTimeout: .seconds(5)), policy: .readWrite)
  }

  @Test(.timeLimit(.minutes(1))) func tooManyConnectionsSayThat() async throws {
    try await withThrowawayPostgres(maxConnections: 5) { server in
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
      #expect(error?.server?.sqlState == "53300" && error?.stage != nil && error?.outcome == "rejected")
      #expect(error?.debugDescription.contains(target.password?.withExposed { $0 } ?? "?") == false)
      // As soon as they are given back there is room again; the server may take a moment to notice.
      let manager = try self.manager()
      try await eventually("there are still too many connections", within: .seconds(5)) {
        (try? await manager.withSession(target) { try await $0.ping() }) != nil
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func aServerWithoutTLSIsRefused() async throws {
    try await withThrowawayPostgres { server in
      let error = await #expect(throws: DBError.self) {
        try await manager().withSession(server.url + "?sslmode=require") { _ in }
      }
      #expect(error?.code == .tlsFailed && error?.stage == .tls && error?.retry == .never, "\(error.debugDescription)")
    }
  }

  /// Writers, readers of a stream and sleepers lose their server at once; every acknowledged write survives.
  @Test(.timeLimit(.minutes(2))) func aKilledServerFailsEveryoneSoonAndLosesNoAcknowledgedWrite() async throws {
    try await withThrowawayPostgres { server in
      let manager = try manager()
      let target = try ConnectionString(server.url)
      try await manager.withSession(target) { session in
        _ = try await session.execute("CREATE TABLE writes (n bigint PRIMARY KEY)")
      }
      let acknowledged = Locked<Set<Int64>>([])
      let connected = AsyncStream<Void>.makeStream()
      let writers = (0..<4).map { writer in
        Task {
          await outcome {
            try await manager.withSession(target) { session in
              connected.continuation.yield()
              _ = try await session.execute("SET synchronous_commit = on")
              for step in 0..<1_000_000 as Range<Int64> {
                let number = Int64(writer) * 1_000_000 + step
                _ = try await session.execute("INSERT INTO writes VALUES (\(number))")
                acknowledged.withLock { _ = $0.insert(number) }
              }
            }
          }.error
        }
      }
      let reader = Task {
        await outcome {
          try await manager.withSession(target) { session in
            connected.continuation.yield()
            try await session.withRows("SELECT generate_series(1, 1000000000)") { for try await _ in $0 {} }
          }
        }.error
      }
      let sleeper = Task {
        await outcome {
          try await manager.withSession(target) { session in
            connected.continuation.yield()
            _ = try await session.execute("SELECT pg_sleep(60)")
          }
        }.error
      }
      var arrivals = connected.stream.makeAsyncIterator()
      for _ in 1...6 { await arrivals.next() }
      try await eventually("only few writes", within: .seconds(20)) { acknowledged.withLock { $0.count } > 200 }
      server.crash()
      let killed = Stopwatch()
      for task in writers + [reader, sleeper] {
        let error = try #require(await task.value as? DBError)
        #expect([.connectionLost, .serverShuttingDown].contains(error.code), "\(error.debugDescription)")
        #expect(error.retry != .never, "\(error.debugDescription)")
        #expect(!error.debugDescription.contains(target.password?.withExposed { $0 } ?? "?"))
      }
      #expect(killed.time.own < .seconds(1), "the last one noticed after \(killed.time)")
      let gone = await #expect(throws: DBError.self) { try await manager.withSession(target) { _ in } }
      #expect(
        gone?.code == .connectionFailed && gone?.stage == .dial && gone?.retry == .safe, "\(gone.debugDescription)")
      #expect(ProcessTable.sockets(toPort: target.endpoints[0].port ?? 0) == 0)

      _ = try await server.startAgain()
      let stored = try await manager.withSession(target) { session in
        try await session.execute("SELECT n FROM writes").rows.map { try $0.decode(Int64.self, at: 0) }
      }
      let promised = acknowledged.withLock { $0 }
      #expect(promised.isSubset(of: stored), "acknowledged and lost: \(promised.subtracting(stored).count) writes")
      // At most one write a writer was under way.
      #expect(Set(stored).subtracting(promised).count <= 4)
    }
  }

  /// One backend that crashes takes all others with it: PostgreSQL restarts by itself.
  @Test(.timeLimit(.minutes(1))) func aCrashedBackendEndsTheOthersHonestly() async throws {
    try await withThrowawayPostgres { server in
      let manager = try manager()
      let target = try ConnectionString(server.url)
      try await manager.withSession(target) { session in
        let waiting = Task { await outcome { _ = try await session.execute("SELECT pg_sleep(60)") }.error }
        try await manager.withSession(target) { victim in
          try await untilItRuns("SELECT pg_sleep(60)", seenBy: victim)
          let pid = try await victim.execute("SELECT pg_backend_pid()").rows[0].decode(Int32.self, at: 0)
          kill(pid, SIGKILL)
          let error = try #require(await outcome { _ = try await victim.execute("SELECT 1") }.error as? DBError)
          #expect([.connectionLost, .serverShuttingDown].contains(error.code) && error.retry != .never, "\(error)")
        }
        let error = try #require(await waiting.value as? DBError)
        #expect(
          [.connectionLost, .serverShuttingDown].contains(error.code) && error.retry == .ifIdempotent,
          "\(error.debugDescription)")
      }
      try await eventually("no recovery", within: .seconds(20)) {
        do {
          return try await manager.withSession(target) { try await $0.execute("SELECT 1").rows.count == 1 }
        } catch let error as DBError {
          #expect(error.retry == .safe, "while the server recovers: \(error.debugDescription)")
          return false
        }
      }
    }
  }
}
