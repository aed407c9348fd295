internal import DBAdapterCore

/// A million rows of six columns, every cell read, beside libpq in single-row mode.
struct PostgresStreamBenchmark: Benchmark {
  let name = "postgres.stream"

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let data = try context.needPostgres()
    let text = data.bulk()
    let limit = try PostgresLimit(data.url)
    let wanted = try limit.stream(text)
    return try await data.withSession { session in
      func variant(_ name: String, _ read: @escaping () async throws -> Checksum) -> Variant {
        Variant(name) {
          let start = Stopwatch()
          let sum = try await read()
          let sample = Sample(operations: sum.rows, since: start)
          try sum.check(wanted, name)
          return sample
        }
      }
      let rounds = try await Rounds.interleaved(
        context.rounds,
        [
          variant("libpq, single rows") { try limit.stream(text) },
          variant("by index") { try await BulkReading.byIndex(session, text) },
          variant("by batch") { try await BulkReading.byBatch(session, text) },
          variant("typed") { try await BulkReading.typed(session, text) },
          variant("tuples") { try await BulkReading.tuples(session, text) },
          variant("structures") { try await BulkReading.structures(session, text) },
          variant("on the executor") {
            try await withTaskExecutorPreference(session.executor) { try await BulkReading.byIndex(session, text) }
          },
        ])
      let (title, limit) = ("PostgreSQL, stream \(data.bulkRows) rows × 6", "libpq, single rows")
      return [
        try rounds.finding("\(title), `row[i]`, rows/s", .rate, "by index", to: limit, target: .atLeast(0.95)),
        try rounds.finding("\(title), `row[i]` on the executor, rows/s", .rate, "on the executor", to: limit),
        try rounds.finding("\(title), `row[i]` of `rows.batches`, rows/s", .rate, "by batch", to: limit),
        try rounds.finding("\(title), `row.decode(_:at:)`, rows/s", .rate, "typed", to: limit, target: .atLeast(0.80)),
        try rounds.finding("\(title), tuples, rows/s", .rate, "tuples", to: limit, target: .atLeast(0.80)),
        try rounds.finding("\(title), `Decodable`, rows/s", .rate, "structures", to: limit, target: .atLeast(0.35)),
        try rounds.finding("\(title), `row[i]`, CPU a row", .cpuPerOperation, "by index", to: limit),
      ]
    }
  }
}

/// The peak of resident memory of a process that does nothing but stream, for all rows and for few.
struct PostgresMemoryBenchmark: Benchmark {
  let name = "postgres.memory"

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let data = try context.needPostgres()
    func variant(_ name: String, _ side: String, rows: Int) -> Variant {
      Variant(name) {
        let output = context.directory + "/peak"
        _ = try Program.this().run(["memory-probe", side, data.bulk(rows: rows)], output: output)
        return Sample(peakKilobytes: try MemoryProbe.read(output))
      }
    }
    let rounds = try await Rounds.interleaved(
      min(3, context.rounds),
      [
        variant("libpq", "libpq", rows: data.bulkRows), variant("all rows", "bosdb", rows: data.bulkRows),
        variant("1,000 rows", "bosdb", rows: 1_000),
      ])
    let title = "PostgreSQL, peak memory of streaming"
    return [
      try rounds.finding("\(title) \(data.bulkRows) rows × 6", .peakMemory, "all rows", target: .atMost(25 * 1_024)),
      try rounds.finding("\(title), more than for 1,000 rows", .peakMemory, "all rows", to: "1,000 rows", .difference),
      try rounds.finding("\(title), more than libpq", .peakMemory, "all rows", to: "libpq", .difference),
    ]
  }
}
