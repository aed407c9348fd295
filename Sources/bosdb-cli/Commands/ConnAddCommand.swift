internal import ArgumentParser
internal import DBAdapterCore
internal import DBPlatform

/// `bosdb-cli conn add`.
struct ConnAddCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: Messages.connAddAbstract, discussion: Messages.connAddDiscussion)

  @Argument(help: "The name to store the connection under.")
  var name: String

  @Argument(help: "The connection: postgres://…, sqlite:path, redis://…, mongodb://….")
  var url: String

  @OptionGroup(title: "Connection") var options: StoredConnectionOptions
  @OptionGroup(title: "Output") var output: DocumentOutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    var draft = ConnectionDraft(name: name, string: try ConnectionString(url))
    try options.apply(to: &draft, url: url, console: console)
    let (connection, report) = try await Platform.withDirectory { directory in
      try await directory.add(draft, isForced: options.force, test: options.test)
    }
    try ConnOutput.write(stored: connection, report, as: output, console: console)
    return .success
  }
}
