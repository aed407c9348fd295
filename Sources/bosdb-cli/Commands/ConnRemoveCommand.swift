internal import ArgumentParser
internal import DBAdapterCore
internal import DBPlatform

/// `bosdb-cli conn remove`.
struct ConnRemoveCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: Messages.connRemoveAbstract, discussion: Messages.connRemoveDiscussion)

  @Argument(help: "The stored connection.")
  var name: String

  @Flag(name: [.short, .long], help: "Do not ask.")
  var yes = false

  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    guard Platform.exists else { throw DBError(.invalidParameter, Messages.noStore(name)) }
    return try await Platform.withDirectory { directory in
      guard let connection = try await directory.connection(name) else {
        throw DBError(.invalidParameter, Messages.noSuchConnection(name))
      }
      if !yes {
        guard InputText.isTerminal else { throw DBError(.invalidParameter, Messages.removeNeedsConsent(name)) }
        guard try Prompt.agreement(Messages.removes(connection)) else { return .negative }
      }
      try await directory.remove(name)
      console.note(Messages.removed(name))
      return .success
    }
  }
}
