internal import ArgumentParser

/// `bosdb-cli schema`.
struct SchemaCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: Messages.schemaAbstract, discussion: Messages.schemaDiscussion,
    subcommands: [
      SchemaInspectCommand.self, SchemaSchemasCommand.self, SchemaTablesCommand.self, SchemaDescribeCommand.self,
    ])
}
