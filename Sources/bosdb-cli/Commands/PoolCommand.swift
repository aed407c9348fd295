internal import ArgumentParser

/// `bosdb-cli pool`.
struct PoolCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pool", abstract: Messages.poolAbstract, discussion: Messages.poolDiscussion,
    subcommands: [PoolBenchCommand.self])
}
