internal import Glibc

/// The command-line program, built in release mode beside the library.
struct CommandLineTool: Sendable {
  let program: Program

  /// Builds `bosdb-cli` unless `BOSDB_BENCH_CLI` names one.
  /// - Throws: ``CannotRun`` when it cannot be built.
  init() throws {
    if let path = getenv("BOSDB_BENCH_CLI").map({ String(cString: $0) }) {
      guard let program = Program(path) else { throw CannotRun("BOSDB_BENCH_CLI names no program: \(path)") }
      self.program = program
      return
    }
    let package = Self.packageDirectory
    guard let swift = Program("swift") else { throw CannotRun("swift, to build bosdb-cli, is not in PATH") }
    do {
      let options = ["-c", "release", "--product", "bosdb-cli", "--static-swift-stdlib", "--quiet"]
      _ = try swift.run(["build", "--package-path", package] + options)
    } catch {
      throw CannotRun("bosdb-cli could not be built")
    }
    guard let program = Program(package + "/.build/release/bosdb-cli") else {
      throw CannotRun("bosdb-cli is not there")
    }
    self.program = program
  }

  /// The repository, from where this file was compiled.
  static var packageDirectory: String {
    #filePath.split(separator: "/").dropLast(5).map { "/" + $0 }.joined()
  }

  /// Runs with a connection in the environment, where it is not seen by others.
  func run(_ arguments: [String], url: String, output: String, watchesMemory: Bool = false) throws -> Program.Run {
    setenv("BOSDB_URL", url, 1)
    defer { unsetenv("BOSDB_URL") }
    return try program.run(arguments, output: output, watchesMemory: watchesMemory)
  }
}
