internal import ArgumentParser
internal import DBAdapterCore
internal import DBRendering

/// `bosdb-cli ping`.
struct PingCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "ping", abstract: Messages.pingAbstract, discussion: Messages.pingDiscussion)

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @Option(help: ArgumentHelp("Try again until it answers, for this long at most.", valueName: "duration"))
  var wait: DurationArgument?

  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let (target, _) = try await options.target([connection], wanted: 0, console: console)
    let format = try output.documentFormat.checked(oneOf: [.table, .json])
    let deadline = wait.map { Deadline(after: $0.duration) } ?? options.deadline
    var pause = Duration.milliseconds(100)
    while true {
      let start = Deadline.now()
      do {
        let server = try await attempt(target, before: deadline)
        let elapsed = start.elapsed()
        if format == .json {
          try await output.write(
            PingDocument(server, elapsed: elapsed, engine: target.registration.descriptor.kind).text)
        } else {
          let endpoint = SafeText(server.endpoint).text
          try await output.write(Messages.ready(server.product, server.version, endpoint, elapsed.milliseconds) + "\n")
        }
        return .success
      } catch let error as DBError where error.code == .timeout || error.category == .connectionFailed {
        let isLast = wait == nil || (deadline.remaining ?? .zero) <= pause
        guard isLast else {
          console.detail(Messages.waiting(SafeText(error.message).text))
          try await Task.sleep(for: pause)
          pause = min(pause * 2, .seconds(1))
          continue
        }
        if format == .json {
          try await output.write(PingDocument(error, engine: target.registration.descriptor.kind).text)
        }
        console.report(CommandFailure(error, connection: target.string.description, elapsed: start.elapsed()))
        return .negative
      }
    }
  }

  private func attempt(_ target: Target, before deadline: Deadline) async throws -> ServerInfo {
    try await options.withSession(target, before: deadline, retriesDials: false) { session in
      try await session.ping(timeout: deadline.remaining ?? .seconds(5))
      return try await session.serverInfo()
    }
  }
}
