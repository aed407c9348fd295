internal import ArgumentParser

/// `bosdb-cli conn`.
struct ConnCommandGroup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conn", abstract: Messages.connAbstract, discussion: Messages.connDiscussion,
    subcommands: [
      ConnAddCommand.self, ConnListCommand.self, ConnShowCommand.self, ConnEditCommand.self, ConnRemoveCommand.self,
      ConnTestCommand.self, ConnImportCommand.self, ConnExportCommand.self, ConnExplainCommand.self,
    ])
}
