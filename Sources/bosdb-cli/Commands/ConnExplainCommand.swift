internal import ArgumentParser
internal import DBAdapterCore
internal import DBPlatform

/// `bosdb-cli conn explain`.
struct ConnExplainCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: Messages.connExplainAbstract, discussion: Messages.connExplainDiscussion)

  @Argument(help: "The connection, unless --connection, --url or the environment names it.")
  var connection: String?

  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Safety") var safety: SafetyOptions
  @OptionGroup(title: "Output") var output: DocumentOutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let (target, _) = try await options.target([connection], wanted: 0, console: console)
    let explanation = ConnectionExplanation(target, asked: safety.policy.level)
    _ = try target.policy(safety.policy)
    try output.write(output.isJSON ? explanation.document : explanation.lines)
    return .success
  }
}
