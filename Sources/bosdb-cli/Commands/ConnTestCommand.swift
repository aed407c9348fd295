internal import ArgumentParser
internal import DBAdapterCore
internal import DBPlatform
internal import DBRendering

/// `bosdb-cli conn test`.
struct ConnTestCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: Messages.connTestAbstract, discussion: Messages.connTestDiscussion)

  @Argument(help: "The connection, unless --connection, --url or the environment names it.")
  var connection: String?

  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Output") var output: DocumentOutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let (target, _) = try await options.target([connection], wanted: 0, console: console)
    let limit = [options.connectTimeout?.duration, options.timeout?.duration].compactMap(\.self).min()
    let start = Deadline.now()
    let report = await ConnectionTesting.test(limit)(target.string)
    if let stored = target.stored {
      try await Platform.withDirectory {
        try await $0.touch(stored.id, status: report.isSuccess ? .active : .error)
      }
    }
    let document = ConnectionReportDocument(
      report, name: target.stored?.name ?? target.string.description, engine: target.registration.descriptor.kind)
    try output.write(output.isJSON ? document.text : document.lines)
    for warning in report.warnings { console.note(Messages.privilege(SafeText(warning).text)) }
    guard let error = report.error else { return .success }
    throw CommandFailure(error, connection: target.string.description, elapsed: start.elapsed())
  }
}
