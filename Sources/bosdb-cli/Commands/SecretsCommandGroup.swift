internal import ArgumentParser

/// `bosdb-cli secrets`.
struct SecretsCommandGroup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "secrets", abstract: Messages.secretsAbstract, discussion: Messages.secretsDiscussion,
    subcommands: [SecretsInitCommand.self, SecretsRotateCommand.self, SecretsStatusCommand.self])
}
