internal import ArgumentParser

/// `bosdb-cli redis`.
struct RedisCommandGroup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redis", abstract: Messages.redisAbstract,
    discussion: Messages.redisDiscussion(
      "get redis://localhost cart:17", "keys \"$REDIS_URL\" 'cart:*' --type hash"),
    subcommands: [RedisGetCommand.self, RedisKeysCommand.self, RedisAnalyzeCommand.self])
}
