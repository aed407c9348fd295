internal import ArgumentParser

/// `bosdb-cli mongo`.
struct MongoCommandGroup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mongo", abstract: Messages.mongoAbstract,
    discussion: Messages.mongoDiscussion(
      "find mongodb://localhost/shop orders '{status: \"open\"}' --limit 5",
      "insert \"$MONGODB_URL\" orders -f orders.jsonl --write", Messages.mongoJSON),
    subcommands: [
      MongoFindCommand.self, MongoAggregateCommand.self, MongoCountCommand.self, MongoDistinctCommand.self,
      MongoRunCommand.self, MongoInsertCommand.self, MongoSchemaCommand.self,
    ])
}
