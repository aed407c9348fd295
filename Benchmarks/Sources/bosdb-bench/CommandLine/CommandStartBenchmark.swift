/// How long the command-line program takes from start to end when it has next to nothing to do.
struct CommandStartBenchmark: Benchmark {
  let name = "cli.start"

  func measure(_ context: BenchmarkContext) async throws -> [Finding] {
    let tool = try CommandLineTool()
    let output = context.directory + "/output"
    let count = context.scaled(20)
    let empty = try Self.emptyProgram(context.directory)
    func variant(_ name: String, _ run: @escaping () throws -> Program.Run) -> Variant {
      Variant(name) { Sample(latencies: try (0..<count).map { _ in try run().nanoseconds }) }
    }
    var variants = [
      variant("an empty C program") { try empty.run([], output: output) },
      variant("bosdb-cli version") { try tool.program.run(["version"], output: output) },
    ]
    let query = "SELECT name FROM item WHERE id = 1"
    let shell = Program("sqlite3")
    if let shell {
      variants += [
        variant("sqlite3") { try shell.run([context.sqlite.path, query], output: output) },
        variant("bosdb-cli query") {
          try tool.run(["query", query], url: "sqlite:\(context.sqlite.path)", output: output)
        },
      ]
    }
    let rounds = try await Rounds.interleaved(context.rounds, variants)
    var findings = [
      try rounds.finding(
        "bosdb-cli version, start to end, more than an empty C program", .p50, "bosdb-cli version",
        to: "an empty C program",
        .difference, target: .atMost(15e6))
    ]
    if shell != nil {
      findings.append(
        try rounds.finding(
          "bosdb-cli query, one row of SQLite, start to end", .p50, "bosdb-cli query", to: "sqlite3", target: .atMost(2)
        ))
    }
    return findings
  }

  /// `int main(void) { return 0; }`, compiled.
  private static func emptyProgram(_ directory: String) throws -> Program {
    guard let compiler = Program("cc") ?? Program("clang") else { throw CannotRun("no C compiler is installed") }
    try FileText.write("int main(void) { return 0; }\n", directory + "/empty.c")
    _ = try compiler.run(["-O2", "-o", directory + "/empty", directory + "/empty.c"])
    guard let program = Program(directory + "/empty") else { throw CannotRun("the C compiler made no program") }
    return program
  }
}
