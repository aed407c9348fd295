internal import DBAdapterCore

/// A million rows by `COPY … FROM STDIN (FORMAT binary)`, the bytes made beforehand, beside libpq.
struct PostgresCopyBenchmark: Benchmark {
  let name = "postgres.copy"
  private static let chunk = 64 * 1_024

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let data = try context.needPostgres()
    let rows = context.scaled(1_000_000)
    let bytes = Self.binaryRows(rows)
    let chunks = stride(from: 0, to: bytes.count, by: Self.chunk).map {
      Array(bytes[$0..<min($0 + Self.chunk, bytes.count)])
    }
    let limit = try PostgresLimit(data.url)
    let copy = "COPY \(data.schema).copied FROM STDIN (FORMAT binary)"
    func emptied() throws { try limit.execute("TRUNCATE \(data.schema).copied") }
    return try await data.withSession(policy: .readWrite) { session in
      let rounds = try await Rounds.interleaved(
        context.rounds,
        [
          Variant("libpq") {
            try emptied()
            let start = Stopwatch()
            let stored = try limit.copyIn(copy, bytes, chunk: Self.chunk)
            return try Self.sample(stored, rows, start)
          },
          Variant("copy") {
            try emptied()
            let start = Stopwatch()
            let stored = try await session.withCopyIn(QueryRequest(unsafeText: copy)) { writer in
              for chunk in chunks { try await writer.write(chunk) }
            }
            return try Self.sample(stored, rows, start)
          },
        ])
      let title = "PostgreSQL, COPY in, \(rows) rows × 6, binary"
      return [
        try rounds.finding("\(title), rows/s", .rate, "copy", to: "libpq", target: .atLeast(0.90)),
        try rounds.finding("\(title), CPU a row", .cpuPerOperation, "copy", to: "libpq"),
      ]
    }
  }

  private static func sample(_ stored: Int, _ rows: Int, _ start: Stopwatch) throws -> Sample {
    guard stored == rows else { throw BenchmarkFailure("COPY stored \(stored) rows of \(rows)") }
    return Sample(operations: stored, since: start)
  }

  /// Rows in the server's binary COPY format (PostgreSQL documentation, COPY, "Binary Format").
  private static func binaryRows(_ count: Int) -> [UInt8] {
    var bytes = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8)
    bytes.reserveCapacity(count * 84 + 64)
    func add(_ number: some FixedWidthInteger) {
      withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
    let name = Array("item of twenty bytes".utf8)
    for row in 0..<count {
      add(Int16(6))
      add(Int32(8))
      add(Int64(row))
      add(Int32(name.count))
      bytes += name
      add(Int32(8))
      add((Double(row) * 0.5).bitPattern)
      add(Int32(8))
      add(Int64(row) * 1_000_000)
      add(Int32(1))
      bytes.append(UInt8(row & 1))
      if row.isMultiple(of: 10) {
        add(Int32(-1))
      } else {
        add(Int32(4))
        add(Int32(row % 1_000))
      }
    }
    add(Int16(-1))
    return bytes
  }
}
