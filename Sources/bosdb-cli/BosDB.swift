internal import ArgumentParser

/// The root command.
struct BosDB: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bosdb-cli",
    abstract: Messages.rootAbstract,
    discussion: Messages.rootDiscussion,
    version: "bosdb-cli \(VersionCommand.version)",
    subcommands: [
      QueryCommand.self, ExplainCommand.self, SchemaCommand.self, RedisCommandGroup.self,
      MongoCommandGroup.self, ServerCommand.self,
      ConnCommandGroup.self, SecretsCommandGroup.self, AuditCommandGroup.self,
      PingCommand.self, PoolCommand.self,
      DriversCommand.self, VersionCommand.self,
    ])
}
