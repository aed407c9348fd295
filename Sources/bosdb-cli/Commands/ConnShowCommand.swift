internal import ArgumentParser
internal import DBAdapterCore
internal import DBPlatform

/// `bosdb-cli conn show`.
struct ConnShowCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: Messages.connShowAbstract, discussion: Messages.connShowDiscussion)

  @Argument(help: "The stored connection.")
  var name: String

  @OptionGroup(title: "Output") var output: DocumentOutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    guard Platform.exists else { throw DBError(.invalidParameter, Messages.noStore(name)) }
    return try await Platform.withDirectory { directory in
      guard let connection = try await directory.connection(name) else {
        throw DBError(.invalidParameter, Messages.noSuchConnection(name))
      }
      var draft: ConnectionDraft?
      do {
        draft = try await directory.draft(name)
      } catch let error as DBError where error.code == .secretUnreadable {
        console.note(Messages.unreadable(error.message))
      }
      let url = draft?.string.description
      let reference = draft?.passwordReference?.description
      if output.isJSON {
        try output.write(ConnOutput.document(connection, url: url, reference: reference))
      } else {
        try output.write(Messages.described(connection, url: url, reference: reference))
      }
      return .success
    }
  }
}
