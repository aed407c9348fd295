internal import ArgumentParser
internal import DBAdapterCore
internal import DBRendering
internal import RedisAdapter

/// `bosdb-cli redis keys`.
struct RedisKeysCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: Messages.redisKeysAbstract,
    discussion: Messages.redisDiscussion(
      "keys redis://localhost 'cart:*'", "keys \"$REDIS_URL\" --type stream --limit 100 --format csv",
      Messages.redisKeysText))

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @Argument(help: "Only keys that match: * ? [abc] and \\ as in Redis.")
  var pattern: String?

  @Option(help: ArgumentHelp("Only keys of this type: string, hash, list, set, zset, stream.", valueName: "type"))
  var type: String?

  @Option(help: ArgumentHelp("The most keys.", valueName: "n"))
  var limit: Int?

  @Option(help: ArgumentHelp("How many keys the server looks at in one step.", valueName: "n"))
  var count = 1_000

  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError(Messages.notPositive("--limit")) }
    if count < 1 { throw ValidationError(Messages.notPositive("--count")) }
  }

  func execute(_ console: Console) async throws -> ExitStatus {
    let deadline = options.deadline
    let (target, rest) = try await options.target([connection, pattern], wanted: 1, engine: .redis, console: console)
    let format = try output.rowFormat.checked(oneOf: OutputFormat.listingFormats)
    var search = RedisKeySearch()
    search.pattern = rest.first.map { .text($0) }
    search.type = type
    search.pageSize = count
    search.limit = limit
    search.timeout = deadline.remaining
    return try await output.withSink { sink in
      try await options.withSession(target, before: deadline) { session in
        var writer = ResultWriter(format.renderer(output.rendering), to: sink)
        writer.begin(RedisKeySearch.columns)
        let isComplete = try await session.withRedisKeys(search) { keys in
          try writer.rows(keys)
          try writer.flush()
        }
        var outcome = ResultOutcome()
        if !isComplete, let limit { outcome.truncation = Truncation(.rowLimit, limit: limit) }
        try writer.end(outcome)
        if !isComplete { console.note(Messages.cutKeys(writer.rowCount)) }
        if output.isTerminal, format.isForPeople { console.note(Messages.rows(writer.rowCount)) }
        return .success
      }
    }
  }
}
