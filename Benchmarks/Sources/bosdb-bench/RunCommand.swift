internal import ArgumentParser
internal import Glibc

/// Runs benchmarks and prints their table.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "run", abstract: "Run the benchmarks (the default).")

  @Option(help: ArgumentHelp("Only the benchmarks whose name fits.", valueName: "glob"))
  var only = "*"

  @Option(help: "How often each variant runs; the middle ratio counts.")
  var rounds = 7

  @Flag(help: "A tenth of the work, to see that everything runs.")
  var quick = false

  @Flag(help: "Write Docs/Benchmarks.md.")
  var write = false

  @Flag(help: "Name the benchmarks and run none.")
  var list = false

  func validate() throws {
    guard rounds > 0 else { throw ValidationError("There has to be at least one round.") }
  }

  func run() async throws {
    let wanted = Suite.all.filter { fnmatch(only, $0.name, 0) == 0 }
    guard !wanted.isEmpty else {
      throw ValidationError(
        "No benchmark is named \(only); there are \(Suite.all.map(\.name).joined(separator: ", ")).")
    }
    if list { return wanted.forEach { print($0.name) } }
    let report = try await BenchmarkContext.with(rounds: rounds, isQuick: quick, for: wanted) { context in
      var report = Report(machine: try Machine(context), rounds: rounds, isQuick: quick)
      for benchmark in wanted {
        Self.say("\(benchmark.name) …")
        do {
          report.findings += try await benchmark.measure(context)
        } catch let error as CannotRun {
          report.omissions.append(Omission(benchmark: benchmark.name, reason: error.reason))
        }
      }
      report.end()
      return report
    }
    print(report.text)
    if write { try report.write(package: CommandLineTool.packageDirectory) }
  }

  /// Progress, beside the table.
  private static func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }
}
