internal import ArgumentParser
internal import DBAdapterCore
internal import DBPlatform

/// `bosdb-cli secrets init`.
struct SecretsInitCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: Messages.secretsInitAbstract, discussion: Messages.secretsInitDiscussion)

  @Flag(help: "Make the key of a passphrase that is asked for on the terminal.")
  var passphrase = false

  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let source = passphrase ? Platform.newPassphrase : nil
    return try await Platform.withVault(source) { vault in
      let key = try await vault.initialize()
      console.note(Messages.initialized(key, vault.source?.description ?? ""))
      return .success
    }
  }
}
