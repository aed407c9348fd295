import Foundation

/// Runs the built `bosdb-cli`: `BOSDB_TEST_CLI`, or the one beside the test bundle.
struct CLIProcess {
  /// How a run ended, and what it said.
  struct Outcome {
    let status: Int32
    let output: [UInt8]
    let errors: String

    var text: String { String(decoding: output, as: UTF8.self) }
  }

  let process = Process()
  private let outputFile: URL
  private let errorsFile: URL

  static let executable: URL = {
    if let path = ProcessInfo.processInfo.environment["BOSDB_TEST_CLI"] { return URL(fileURLWithPath: path) }
    var directory = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    if !FileManager.default.isExecutableFile(atPath: directory.appendingPathComponent("bosdb-cli").path) {
      let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
      directory = package.appendingPathComponent(".build/debug")
    }
    return directory.appendingPathComponent("bosdb-cli")
  }()

  /// Starts the program. Without an input it reads nothing.
  init(
    _ arguments: [String], input: [UInt8]? = nil, environment: [String: String] = [:], in directory: URL,
    executable: URL = CLIProcess.executable
  ) throws {
    let name = UUID().uuidString
    outputFile = directory.appendingPathComponent(name + ".out")
    errorsFile = directory.appendingPathComponent(name + ".err")
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = directory
    var variables = ProcessInfo.processInfo.environment.filter { name, _ in
      !name.hasPrefix("BOSDB_") && !name.hasPrefix("PG")
        && !["DATABASE_URL", "REDIS_URL", "MONGODB_URL", "COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM"]
          .contains(name)
    }
    // Nobody's own store is touched.
    variables["XDG_DATA_HOME"] = directory.appendingPathComponent("data").path
    variables.merge(environment) { $1 }
    process.environment = variables
    process.standardOutput = try Self.newFile(outputFile)
    process.standardError = try Self.newFile(errorsFile)
    if let input {
      let file = directory.appendingPathComponent(name + ".in")
      try Data(input).write(to: file)
      process.standardInput = try FileHandle(forReadingFrom: file)
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    try process.run()
  }

  private static func newFile(_ url: URL) throws -> FileHandle {
    try Data().write(to: url)
    return try FileHandle(forWritingTo: url)
  }

  /// What was said on standard error so far.
  var errorsSoFar: String { (try? String(contentsOf: errorsFile, encoding: .utf8)) ?? "" }

  /// Waits for the end.
  func finish() throws -> Outcome {
    process.waitUntilExit()
    return Outcome(
      status: process.terminationReason == .uncaughtSignal
        ? 128 + process.terminationStatus : process.terminationStatus,
      output: [UInt8](try Data(contentsOf: outputFile)), errors: errorsSoFar)
  }
}
