import DBAdapterCore
import DBAdapterTesting
import Foundation
import PostgresAdapter
import Testing

/// Sessions, streams and copies that a caller lends to several tasks: libpq must be reached from one at a time, and nobody may wait for ever.
@Suite(.requires(.postgres)) struct PostgresOwnershipTests {
  @Test func closingASessionEndsWhatAnotherTaskRuns() async throws {
    let fixture = try PostgresFaultFixture()
    try await mustEnd("the statement of a closed session") {
      let task = try await fixture.withSession { session in
        let task = Task { try await session.execute("SELECT pg_sleep(60)") }
        try await fixture.untilTheServerHas("SELECT pg_sleep(60)")
        return task
      }
      let error = await #expect(throws: DBError.self) { _ = try await task.value }
      #expect(error?.code == .connectionLost)
    }
    try await fixture.expectNothingLeft("a session closed too early")
  }

  @Test func aReaderThatOutlivesItsStreamIsStopped() async throws {
    try await mustEnd("a stream with a reader left behind") {
      try await TestServer.postgres.withSession { session in
        for round in 0..<20 {
          let reader = try await session.withRows("SELECT generate_series(1, 100000000)") { rows in
            let reader = Task {
              var count = 0
              for try await _ in rows { count += 1 }
            }
            try await Task.sleep(for: .milliseconds(round))
            return reader
          }
          #expect(try await session.execute("SELECT 1").rows[0][0] == 1)
          _ = await #expect(throws: DBError.self) { try await reader.value }
        }
      }
    }
  }

  @Test func aCopyHasOneReaderAtATime() async throws {
    try await mustEnd("a copy with two readers") {
      try await TestServer.postgres.withSession { session in
        let outcomes = try await session.withCopyOut("COPY (SELECT generate_series(1, 1000000)) TO STDOUT") { stream in
          await withTaskGroup(of: DBError?.self, returning: [DBError?].self) { group in
            for _ in 0..<8 {
              group.addTask {
                do {
                  for try await _ in stream {}
                  return nil
                } catch {
                  return error as? DBError
                }
              }
            }
            return await group.reduce(into: []) { $0.append($1) }
          }
        }
        #expect(outcomes.contains { $0 == nil } && outcomes.allSatisfy { $0 == nil || $0?.code == .connectionBusy })
        #expect(try await session.execute("SELECT 1").rows[0][0] == 1)
      }
    }
  }

  @Test func aCopyHasOneWriterAtATime() async throws {
    try await mustEnd("a copy with two writers") {
      try await TestServer.postgres.withSession { session in
        _ = try await session.execute("CREATE TEMP TABLE written (a text)")
        let line = String(repeating: "x", count: 65_535) + "\n"
        let written = Locked(0)
        let count = try await session.withCopyIn("COPY written FROM STDIN") { writer in
          await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
              group.addTask {
                for _ in 0..<50 {
                  do throws(DBError) {
                    try await writer.write(line)
                    written.withLock { $0 += 1 }
                  } catch {
                    #expect(error.code == .connectionBusy)
                  }
                }
              }
            }
          }
        }
        #expect(count == written.withLock { $0 })
        #expect(try await session.execute("SELECT count(*) FROM written").rows[0][0] == .int(Int64(count)))
      }
    }
  }

  @Test func aWriterThatOutlivesItsCopyStoresNothing() async throws {
    try await mustEnd("a copy with a writer left behind") {
      try await TestServer.postgres.withSession { session in
        _ = try await session.execute("CREATE TEMP TABLE unwritten (a text)")
        let line = String(repeating: "x", count: 65_535) + "\n"
        _ = try? await session.withCopyIn("COPY unwritten FROM STDIN") { writer in
          _ = Task { while true { try await writer.write(line) } }
          try await Task.sleep(for: .milliseconds(50))
          struct Stop: Error {}
          throw Stop()
        }
        #expect(try await session.execute("SELECT count(*) FROM unwritten").rows[0][0] == 0)
      }
    }
  }

  @Test func copyInAPipelineIsRefused() async throws {
    try await mustEnd("a COPY in a pipeline") {
      try await TestServer.postgres.withSession { session in
        for copy: QueryRequest in ["COPY (SELECT 1) TO STDOUT", "/* data */ copy pg_temp.none FROM STDIN"] {
          let error = await #expect(throws: DBError.self) {
            _ = try await session.pipeline(["SELECT 1", copy, "SELECT 2"])
          }
          #expect(error?.code == .unsupported)
          let next = try await session.execute("SELECT 1")
          #expect(next.rows[0][0] == 1)
        }
      }
    }
  }

  @Test func whatFailsAtTheEndOfAPipelineFailsThePipeline() async throws {
    try await mustEnd("a pipeline whose commit fails") {
      try await TestServer.postgres.withSession { session in
        _ = try await session.execute("CREATE TEMP TABLE once (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        let error = await #expect(throws: DBError.self) {
          _ = try await session.pipeline(["INSERT INTO once VALUES (1)", "INSERT INTO once VALUES (1)"])
        }
        #expect(error?.code == .constraintViolation)
        #expect(try await session.execute("SELECT count(*) FROM once").rows[0][0] == 0)
      }
    }
  }

  @Test func aRollBackIsNotSkippedWhileAStatementRuns() async throws {
    struct Stop: Error {}
    let key = Int64.random(in: 1 ... .max)
    try await TestServer.postgres.withSession { observer in
      _ = try await observer.execute("SELECT pg_advisory_lock(\(key))")
      try await TestServer.postgres.withSession { session in
        let leaked = Locked<Task<QueryResult, any Error>?>(nil)
        let error = await #expect(throws: TransactionError.self) {
          try await session.withTransaction { transaction in
            let statement = "SELECT pg_advisory_xact_lock(\(key))"
            leaked.withLock { $0 = Task { try await transaction.execute(QueryRequest(unsafeText: statement)) } }
            try await untilItRuns(statement, seenBy: observer)
            throw Stop()
          }
        }
        #expect(error?.outcome == .unknown && error?.rollbackError?.code == .connectionBusy)
        _ = try await observer.execute("SELECT pg_advisory_unlock(\(key))")
        _ = try await leaked.withLock { $0 }?.value
      }
    }
  }

  @Test func leavingAStreamInATransactionCanBeCancelled() async throws {
    try await mustEnd("reading past the rest of a long stream") {
      try await TestServer.postgres.withSession { session in
        let left = AsyncStream<Void>.makeStream()
        let task = Task {
          try await session.withTransaction { transaction in
            try await transaction.withRows("SELECT generate_series(1, 100000000000)", batchSize: 1) { rows in
              for try await _ in rows { break }
              left.continuation.yield()
            }
          }
        }
        var begun = left.stream.makeAsyncIterator()
        await begun.next()
        // The delay is the stimulus: by now it reads past the rest.
        try await Task.sleep(for: .milliseconds(100))
        let watch = Stopwatch()
        task.cancel()
        _ = await #expect(throws: (any Error).self) { try await task.value }
        #expect(watch.time.own < .seconds(1), "\(watch.time)")
      }
    }
  }

  /// Whoever cancels it gets its turn on the same thread, be it the loop's own.
  @Test func leavingAStreamLeavesTheThreadToOthers() async throws {
    try await mustEnd("a task beside one that reads past the rest") {
      try await TestServer.postgres.withSession { session in
        let left = AsyncStream<Void>.makeStream()
        let task = Task(executorPreference: session.executor) {
          try await session.withTransaction { transaction in
            try await transaction.withRows("SELECT generate_series(1, 100000000000)", batchSize: 1) { rows in
              for try await _ in rows { break }
              left.continuation.yield()
            }
          }
        }
        let other = Task(executorPreference: session.executor) {
          var begun = left.stream.makeAsyncIterator()
          await begun.next()
          // The delay is the stimulus: by then the other reads past the rest.
          try await Task.sleep(for: .milliseconds(100))
          task.cancel()
        }
        try await other.value
        _ = await #expect(throws: (any Error).self) { try await task.value }
      }
    }
  }

  @Test(arguments: [Duration.seconds(Int64.max), .seconds(100 * 86_400), .seconds(Int64.min), .seconds(-1)])
  func anyTimeLimitIsTaken(_ limit: Duration) async throws {
    try await TestServer.postgres.withSession { session in
      do {
        let result = try await session.execute(QueryRequest(unsafeText: "SELECT 1", timeout: limit))
        #expect(result.rows[0][0] == 1)
      } catch let error as DBError {
        #expect(error.code == .timeout && limit < .zero)
      }
    }
  }

  @Test func aSessionThatNobodyClosesIsClosed() async throws {
    let fixture = try PostgresFaultFixture()
    for _ in 0..<3 {
      let target = try ConnectionString(fixture.url())
      let configuration = ConnectionConfiguration(target, access: .readWrite, connectTimeout: .seconds(5))
      let adapter = try AdapterRegistration.postgres.connector(configuration).makeAdapter()
      try await adapter.connect()
      try await adapter.connect()
      #expect(ProcessTable.sockets(toPort: fixture.proxy.port) > 0)
    }
    try await eventually("sockets are left") { ProcessTable.sockets(toPort: fixture.proxy.port) == 0 }
    try await fixture.expectNothingLeft("sessions that nobody closed")
  }
}
