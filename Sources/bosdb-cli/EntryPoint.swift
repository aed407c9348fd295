internal import ArgumentParser
internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Where the process starts: commands run on a thread of their own, so that a slow pipe or terminal blocks nothing else, and the first
/// thread waits for signals.
@main
enum EntryPoint {
  static func main() {
    StandardStreams.reserve()
    SharedCounters.release()
    let signals = Signals()
    if let position = unreadableArgument {
      Console.write("error: \(Messages.argumentNotUTF8(position))\n")
      _exit(ExitStatus.usage.rawValue)
    }
    let arguments = Array(CommandLine.arguments.dropFirst())
    let task: Task<Void, Never>
    do throws(DBError) {
      let thread = try WorkerThread(name: "bosdb-cli")
      task = Task(executorPreference: thread) {
        let status = await run(arguments)
        _exit(status.rawValue)
      }
    } catch {
      Console.write("error: \(error.message)\n")
      _exit(ExitStatus.internalError.rawValue)
    }
    signals.wait(cancelling: task)
  }

  /// The position of an argument that is not UTF-8; decoding would silently repair it.
  private static var unreadableArgument: Int? {
    (0..<Int(CommandLine.argc)).first { position in
      CommandLine.unsafeArgv[position].map { String(validatingCString: $0) == nil } ?? false
    }
  }

  private static func run(_ arguments: [String]) async -> ExitStatus {
    do {
      var command = try await BosDB.asyncParseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      return .success
    } catch let exit as ExitCode {
      return ExitStatus(rawValue: exit.rawValue) ?? .internalError
    } catch {
      return report(usage: error, arguments)
    }
  }

  /// Help goes to standard output, a mistake in the arguments to standard error.
  private static func report(usage error: any Error, _ arguments: [String]) -> ExitStatus {
    let text = BosDB.fullMessage(for: error)
    if BosDB.exitCode(for: error) == .success {
      Console.write(text + "\n", to: STDOUT_FILENO)
      return .success
    }
    let wantsJSON =
      arguments.contains("--error-format=json")
      || zip(arguments, arguments.dropFirst()).contains { $0 == "--error-format" && $1 == "json" }
    if wantsJSON {
      let message = ArgumentSecrets.masked(BosDB.message(for: error), arguments)
      Console.write(DBError(.invalidParameter, message).report().text + "\n")
    } else {
      let message = text.hasPrefix("Error: ") ? "error: " + text.dropFirst(7) : text
      Console.write(ArgumentSecrets.masked(message, arguments) + "\n")
    }
    return .usage
  }
}
