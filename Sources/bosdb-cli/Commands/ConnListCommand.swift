internal import ArgumentParser
internal import DBAdapterCore
internal import DBPlatform
internal import DBRendering

/// `bosdb-cli conn list`.
struct ConnListCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: Messages.connListAbstract, discussion: Messages.connListDiscussion)

  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let connections = Platform.exists ? try await Platform.withDirectory { try await $0.list() } : []
    if output.documentFormat == .json {
      try await output.write(ConnOutput.document(connections))
    } else {
      try await output.write(ConnOutput.rows(connections))
    }
    return .success
  }
}
