/// A million rows as CSV into a file, beside psql, which holds the whole result in memory.
struct CommandExportBenchmark: Benchmark {
  let name = "cli.export"

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let data = try context.needPostgres()
    guard let psql = Program("psql") else { throw CannotRun("psql is not installed") }
    let tool = try CommandLineTool()
    let text = data.bulk()
    let (ours, theirs) = (context.directory + "/ours.csv", context.directory + "/psql.csv")
    func runOurs(_ text: String, watchesMemory: Bool = false) throws -> Program.Run {
      try tool.run(["query", "--format", "csv", text], url: data.url, output: ours, watchesMemory: watchesMemory)
    }
    func runPSQL(watchesMemory: Bool = false) throws -> Program.Run {
      try psql.run(
        ["--no-psqlrc", "--csv", "--command", text, data.url], output: theirs, watchesMemory: watchesMemory)
    }
    func speed(_ name: String, _ run: @escaping () throws -> Program.Run) -> Variant {
      Variant(name) {
        let run = try run()
        return Sample(operations: data.bulkRows, nanoseconds: run.nanoseconds, cpu: run.cpu)
      }
    }
    func memory(_ name: String, _ run: @escaping () throws -> Program.Run) -> Variant {
      Variant(name) { Sample(peakKilobytes: try run().peakKilobytes) }
    }
    let rounds = try await Rounds.interleaved(
      min(5, context.rounds), [speed("psql --csv", { try runPSQL() }), speed("bosdb-cli", { try runOurs(text) })])
    let peaks = try await Rounds.interleaved(
      1,
      [
        memory("psql --csv", { try runPSQL(watchesMemory: true) }),
        memory("bosdb-cli", { try runOurs(text, watchesMemory: true) }),
        memory("a tenth", { try runOurs(data.bulk(rows: data.bulkRows / 10), watchesMemory: true) }),
      ])
    let title = "bosdb-cli query --format csv, \(data.bulkRows) rows × 6"
    return [
      try rounds.finding("\(title), rows/s", .rate, "bosdb-cli", to: "psql --csv", target: .atLeast(1)),
      try rounds.finding("\(title), CPU a row", .cpuPerOperation, "bosdb-cli", to: "psql --csv"),
      try peaks.finding("\(title), peak memory", .peakMemory, "bosdb-cli", target: .atMost(60 * 1_024)),
      try peaks.finding("\(title), peak memory", .peakMemory, "bosdb-cli", to: "psql --csv"),
      try peaks.finding(
        "\(title), peak memory, more than for a tenth of the rows", .peakMemory, "bosdb-cli", to: "a tenth", .difference
      ),
    ]
  }
}
