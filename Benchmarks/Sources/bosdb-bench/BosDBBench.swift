internal import ArgumentParser
internal import Glibc

/// The benchmarks: bosdb beside the plain C libraries, in one interleaved run.
@main
struct BosDBBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bosdb-bench",
    abstract: "Measures bosdb against the plain C libraries doing the same work.",
    subcommands: [RunCommand.self, GuardCommand.self, ProfileCommand.self, MemoryProbe.self],
    defaultSubcommand: RunCommand.self)

  /// The servers to use; `nil` when none is named.
  static var postgresURL: String? { getenv("BOSDB_BENCH_POSTGRES_URL").map { String(cString: $0) } }
  static var redisURL: String? { getenv("BOSDB_BENCH_REDIS_URL").map { String(cString: $0) } }
  static var mongoURL: String? { getenv("BOSDB_BENCH_MONGODB_URL").map { String(cString: $0) } }
  static var redisTLSURL: String? { getenv("BOSDB_BENCH_REDIS_TLS_URL").map { String(cString: $0) } }
}
