internal import ArgumentParser
internal import DBAdapterCore
internal import DBPlatform

/// `bosdb-cli conn edit`.
struct ConnEditCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit", abstract: Messages.connEditAbstract, discussion: Messages.connEditDiscussion)

  @Argument(help: "The stored connection.")
  var name: String

  @Option(name: [.customShort("u"), .long], help: "Another connection in its place, password included.")
  var url: String?

  @Option(help: ArgumentHelp("Another name.", valueName: "name"))
  var rename: String?

  @OptionGroup(title: "Connection") var options: StoredConnectionOptions
  @OptionGroup(title: "Output") var output: DocumentOutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let (connection, report) = try await Platform.withDirectory { directory in
      var draft = try await directory.draft(name)
      if let rename { draft.name = rename }
      try options.apply(to: &draft, url: url, console: console)
      return try await directory.edit(name, to: draft, isForced: options.force, test: options.test)
    }
    try ConnOutput.write(stored: connection, report, as: output, console: console)
    return .success
  }
}
