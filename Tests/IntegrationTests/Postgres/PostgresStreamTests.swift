import DBAdapterCore
import DBAdapterTesting
import PostgresAdapter
import Testing

@Suite(.requires(.postgres)) struct PostgresStreamTests {
  @Test func rowsArriveInBatches() async throws {
    try await TestServer.postgres.withSession { session in
      var sizes: [Int] = []
      let summary = try await session.withRows("SELECT generate_series(1, 2500)", batchSize: 1_000) { rows in
        for try await batch in rows.batches { sizes.append(batch.count) }
        return rows.summary
      }
      #expect(sizes == [1_000, 1_000, 500])
      #expect(summary.commandTag == "SELECT" && summary.truncation == nil)
    }
  }

  @Test func stoppingEarlyFreesTheSessionAtOnce() async throws {
    try await TestServer.postgres.withSession { session in
      let watch = Stopwatch()
      for _ in 0..<5 {
        var count = 0
        try await session.withRows("SELECT generate_series(1, 100000000)") { rows in
          for try await _ in rows {
            count += 1
            if count == 100 { break }
          }
        }
        #expect(try await session.execute("SELECT 1").rows[0][0] == 1)
      }
      #expect(watch.time.own < .seconds(5), "\(watch.time)")
    }
  }

  @Test func stoppingEarlyKeepsAnOpenTransaction() async throws {
    try await TestServer.postgres.withUndoneChanges { session in
      _ = try await session.execute("CREATE TEMP TABLE kept (a int)")
      try await session.withRows("SELECT generate_series(1, 200000)") { rows in
        for try await _ in rows { break }
      }
      #expect(try await session.execute("SELECT count(*) FROM kept").rows[0][0] == 0)
    }
  }

  @Test func anErrorInTheMiddleEndsTheStream() async throws {
    try await TestServer.postgres.withSession { session in
      var count = 0
      let error = await #expect(throws: DBError.self) {
        try await session.withRows("SELECT 1 / (5000 - g) FROM generate_series(1, 10000) g") { rows in
          for try await _ in rows { count += 1 }
        }
      }
      #expect(error?.server?.sqlState == "22012" && count > 0)
      let next = try await session.execute("SELECT 1")
      #expect(next.rows[0][0] == 1)
    }
  }

  @Test func aSecondStatementMeanwhileIsRefused() async throws {
    try await TestServer.postgres.withSession { session in
      try await session.withRows("SELECT generate_series(1, 10)") { rows in
        let error = await #expect(throws: DBError.self) { try await session.execute("SELECT 1") }
        #expect(error?.code == .connectionBusy)
        var count = 0
        for try await _ in rows { count += 1 }
        #expect(count == 10)
      }
    }
  }

  @Test func cancellingTheReaderStopsTheServer() async throws {
    try await TestServer.postgres.withSession { session in
      let read = AsyncStream<Void>.makeStream()
      let task = Task {
        try await session.withRows("SELECT pg_sleep(0.01), g FROM generate_series(1, 100000) g", batchSize: 1) { rows in
          for try await _ in rows { read.continuation.yield() }
        }
      }
      var begun = read.stream.makeAsyncIterator()
      await begun.next()
      let watch = Stopwatch()
      task.cancel()
      let error = await #expect(throws: DBError.self) { try await task.value }
      #expect(error?.code == .cancelled)
      #expect(watch.time.own < .milliseconds(500), "\(watch.time)")
      let next = try await session.execute("SELECT 1")
      #expect(next.rows[0][0] == 1)
    }
  }

  @Test func copyOutAndInGiveTheSameBytes() async throws {
    try await TestServer.postgres.withUndoneChanges { session in
      _ = try await session.execute(
        "CREATE TEMP TABLE source AS SELECT g AS a, repeat('x', g % 50) AS b FROM generate_series(1, 50000) g")
      _ = try await session.execute("CREATE TEMP TABLE target (a int, b text)")
      var chunks: [[UInt8]] = []
      try await session.withCopyOut("COPY source TO STDOUT (FORMAT binary)") { stream in
        for try await chunk in stream { chunks.append(chunk) }
      }
      #expect(chunks.count > 1)
      let bytes = chunks
      let count = try await session.withCopyIn("COPY target FROM STDIN (FORMAT binary)") { writer in
        for chunk in bytes { try await writer.write(chunk) }
      }
      #expect(count == 50_000)
      let difference = try await session.execute("SELECT count(*) FROM (TABLE source EXCEPT TABLE target) AS d")
      #expect(difference.rows[0][0] == 0)
    }
  }

  @Test func aCopyGivenUpStoresNothing() async throws {
    struct Stop: Error {}
    try await TestServer.postgres.withSession { session in
      _ = try await session.execute("CREATE TEMP TABLE empty (a int)")
      await #expect(throws: Stop.self) {
        try await session.withCopyIn("COPY empty FROM STDIN") { writer in
          try await writer.write("1\n2\n")
          throw Stop()
        }
      }
      let error = await #expect(throws: DBError.self) {
        try await session.withCopyIn("COPY empty FROM STDIN") { try await $0.write("not a number\n") }
      }
      #expect(error?.code == .dataInvalid)
      #expect(try await session.execute("SELECT count(*) FROM empty").rows[0][0] == 0)
      try await session.withCopyOut("COPY (SELECT generate_series(1, 10000000)) TO STDOUT") { stream in
        for try await _ in stream { break }
      }
      #expect(try await session.execute("SELECT 1").rows[0][0] == 1)
      for sql in ["COPY empty TO STDOUT", "COPY empty FROM STDIN"] {
        let refused = await #expect(throws: DBError.self) { try await session.execute(QueryRequest(.text(sql))) }
        #expect(refused?.code == .unsupported)
        #expect(try await session.execute("SELECT 1").rows[0][0] == 1)
      }
    }
  }
}
