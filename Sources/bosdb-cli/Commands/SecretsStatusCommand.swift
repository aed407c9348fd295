internal import ArgumentParser
internal import DBAdapterCore
internal import DBPlatform

/// `bosdb-cli secrets status`.
struct SecretsStatusCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: Messages.secretsStatusAbstract, discussion: Messages.secretsStatusDiscussion)

  @OptionGroup(title: "Output") var output: DocumentOutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    try await Platform.withVault { vault in
      let status = try await vault.status()
      let source = vault.source?.description
      if output.isJSON {
        try output.write(
          DocumentOutputOptions.document("secrets") { fields in
            fields.member("store", vault.store.location.description)
            fields.member("source", source)
            fields.member("activeKey", status.activeKey)
            fields.member("keysAtHand", status.keysAtHand)
            fields.member("readable", status.isReadable)
            fields.member("sealed") { list in
              list.array { writer in
                for (key, count) in status.sealed.sorted(by: { $0.key < $1.key }) {
                  writer.object {
                    $0.member("key", key)
                    $0.member("count", count)
                  }
                }
              }
            }
          })
      } else {
        try output.write(Messages.status(status, store: vault.store.location.description, source: source))
      }
      return status.isReadable ? .success : .negative
    }
  }
}
