internal import ArgumentParser
internal import DBAdapterCore

/// A command: it does its work and says how it ended; what goes wrong is reported in one place.
protocol BosCommand: AsyncParsableCommand {
  var diagnostics: DiagnosticOptions { get }

  /// Does the work.
  func execute(_ console: Console) async throws -> ExitStatus
}

extension BosCommand {
  mutating func run() async throws {
    let console = diagnostics.console
    let status: ExitStatus
    do {
      status = try await execute(console)
    } catch {
      guard let failure = CommandFailure(any: error) else { return }
      console.report(failure)
      throw ExitCode(failure.status.rawValue)
    }
    if status != .success { throw ExitCode(status.rawValue) }
  }
}
