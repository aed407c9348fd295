internal import ArgumentParser
internal import DBAdapterCore
internal import DBPlatform

/// `bosdb-cli secrets rotate`.
struct SecretsRotateCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate", abstract: Messages.secretsRotateAbstract, discussion: Messages.secretsRotateDiscussion)

  @Flag(help: "Make the new key of a passphrase that is asked for on the terminal.")
  var passphrase = false

  @Option(help: ArgumentHelp("Go over to the key of this file, which is made where it is missing.", valueName: "file"))
  var keyFile: String?

  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func validate() throws {
    if passphrase, keyFile != nil { throw ValidationError(Messages.newKeyTwice) }
  }

  func execute(_ console: Console) async throws -> ExitStatus {
    let destination =
      if passphrase { Platform.newPassphrase } else if let keyFile { MasterKeySource.file(keyFile) } else {
        MasterKeySource.new()
      }
    return try await Platform.withVault { vault in
      let (key, count) = try await vault.rotate(to: destination)
      console.note(Messages.rotated(key, count))
      if let destination { console.note(Messages.keyMoved(destination.description)) }
      return .success
    }
  }
}
