internal import ArgumentParser
internal import Glibc

/// The benchmarks: bosdb beside the plain C libraries, in one interleaved run.
@main
struct BosDBBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bosdb-bench",
    abstract: "Measures bosdb against the plain C libraries doing the same work.",
    subcommands: [RunCommand.self, MemoryProbe.self], defaultSubcommand: RunCommand.self)

  /// The server to use; `nil` when none is named.
  static var postgresURL: String? { getenv("BOSDB_BENCH_POSTGRES_URL").map { String(cString: $0) } }
}

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
      throw ValidationError("No benchmark is named \(only); there are \(Suite.all.map(\.name).joined(separator: ", ")).")
    }
    if list { return wanted.forEach { print($0.name) } }
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let needsPostgres = wanted.contains { $0.name.hasPrefix("postgres.") || $0.name == "cli.export" }
    let postgres = needsPostgres ? try BosDBBench.postgresURL.map { try PostgresDataSet(url: $0, isQuick: quick) } : nil
    defer { try? postgres?.drop() }
    let context = BenchmarkContext(
      rounds: rounds, isQuick: quick, postgres: postgres,
      sqlite: try SQLiteDataSet(directory: directory.path, isQuick: quick), directory: directory.path)
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
    print(report.text)
    if write { try report.write(package: CommandLineTool.packageDirectory) }
  }

  /// Progress, beside the table.
  private static func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }
}

/// A directory for the files of one run.
struct TemporaryDirectory {
  let path: String

  init() throws {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array((parent + "/bosdb-bench-files-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw BenchmarkFailure("no directory can be made in \(parent)") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Removes the files that were made here, and the directory.
  func remove() {
    guard let handle = opendir(path) else { return }
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { unlink(path + "/" + name) }
    }
    closedir(handle)
    rmdir(path)
  }
}
