internal import DBAdapterCore

/// Small queries on ten sessions, with and without an eleventh that streams large results all the while.
struct PostgresMixedLoadBenchmark: Benchmark {
  let name = "postgres.mixed"
  private static let connections = 10

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let data = try context.needPostgres()
    let ids = PostgresDataSet.keys(context.scaled(20_000))
    let bulk = data.bulk(rows: min(200_000, data.bulkRows))
    let limits = try (0..<Self.connections).map { _ in try data.makeLimit() }
    let bulkLimit = try PostgresLimit(data.url)
    return try await data.withSessions(Self.connections + 1) { sessions in
      let small = Array(sessions.dropLast())
      let streaming = sessions[Self.connections]
      let rounds = try await Rounds.interleaved(
        context.rounds,
        [
          Variant("libpq alone") { Sample(latencies: try PostgresLimit.lookups(ids, on: limits).latencies) },
          Variant("libpq with a bulk thread") {
            Sample(latencies: try PostgresLimit.lookups(ids, on: limits, bulk: (bulkLimit, bulk)).latencies)
          },
          Variant("alone") { Sample(latencies: try await Self.lookups(small, data.lookup, ids)) },
          Variant("with a stream") {
            try await Self.streaming(streaming, bulk) {
              Sample(latencies: try await Self.lookups(small, data.lookup, ids))
            }
          },
        ])
      let title = "PostgreSQL, look-ups on 10 sessions while another streams 200k rows"
      return [
        try rounds.finding("\(title), p99", .p99, "with a stream", to: "alone", target: .atMost(2.5)),
        try rounds.finding("the same with threads of libpq, p99", .p99, "libpq with a bulk thread", to: "libpq alone"),
        try rounds.finding("the same, ours beside libpq, p99", .p99, "with a stream", to: "libpq with a bulk thread"),
      ]
    }
  }

  private static func lookups(_ sessions: [DatabaseSession], _ text: String, _ ids: [Int32]) async throws -> [Int64] {
    let share = ids.count / sessions.count
    return try await withThrowingTaskGroup(of: [Int64].self) { group in
      for (index, session) in sessions.enumerated() {
        group.addTask { try await Lookups.run(session, text, ids[index * share..<(index + 1) * share]) }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
  }

  /// Streams a statement's rows again and again while something else runs.
  private static func streaming<R: Sendable>(
    _ session: DatabaseSession, _ text: String, _ body: () async throws -> R
  ) async throws -> R {
    let mustStop = NativeLock(false)
    let stream = Task {
      while !mustStop.withLock({ $0 }) {
        _ = try await BulkReading.byIndex(session, text)
      }
    }
    do {
      let result = try await body()
      mustStop.withLock { $0 = true }
      try await stream.value
      return result
    } catch {
      mustStop.withLock { $0 = true }
      _ = try? await stream.value
      throw error
    }
  }
}
