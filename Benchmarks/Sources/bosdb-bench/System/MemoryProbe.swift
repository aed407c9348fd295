internal import ArgumentParser
internal import DBAdapterCore
internal import Glibc

/// Run as a process of its own: reads every cell of a statement and prints the peak of its resident memory.
struct MemoryProbe: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "memory-probe", shouldDisplay: false)

  @Argument var side: String
  @Argument var statement: String

  func run() async throws {
    guard let url = BosDBBench.postgresURL else { throw CannotRun("BOSDB_BENCH_POSTGRES_URL names no server") }
    if side == "libpq" {
      _ = try PostgresLimit(url).stream(statement)
    } else {
      try await PostgresDataSet.manager.withSession(url) { _ = try await BulkReading.byIndex($0, statement) }
    }
    guard let peak = Self.line(of: "/proc/self/status", "VmHWM:") else {
      throw CannotRun("the system does not tell the peak")
    }
    print(peak)
  }

  /// The number that a probe printed into a file, in kilobytes.
  static func read(_ path: String) throws -> Int64 {
    guard let text = FileText.read(path), let peak = Int64(text.filter(\.isNumber)) else {
      throw BenchmarkFailure("the memory probe printed no number")
    }
    return peak
  }

  private static func line(of path: String, _ name: String) -> String? {
    FileText.read(path)?.split(separator: "\n").first { $0.hasPrefix(name) }.map { $0.filter(\.isNumber) }
  }
}

/// Small files as text.
enum FileText {
  static func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func write(_ text: String, _ path: String) throws {
    guard let file = fopen(path, "w") else { throw BenchmarkFailure("\(path) cannot be written") }
    defer { fclose(file) }
    guard fwrite(Array(text.utf8), 1, text.utf8.count, file) == text.utf8.count else {
      throw BenchmarkFailure("\(path) cannot be written")
    }
  }
}
