internal import ArgumentParser
internal import DBAdapterCore
internal import DBRendering
internal import RedisAdapter

/// `bosdb-cli redis get`.
struct RedisGetCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "get", abstract: Messages.redisGetAbstract,
    discussion: Messages.redisDiscussion(
      "get redis://localhost cart:17", "get \"$REDIS_URL\" events --limit 20 --format json", Messages.redisGetText))

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @Argument(help: "The key.")
  var key: String?

  @Flag(help: "The key is written in hexadecimal digits.")
  var hexKey = false

  @Option(help: ArgumentHelp("The most elements of a collection.", valueName: "n"))
  var limit = 1_000

  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func validate() throws {
    if limit < 1 { throw ValidationError(Messages.notPositive("--limit")) }
  }

  func execute(_ console: Console) async throws -> ExitStatus {
    let deadline = options.deadline
    let (target, rest) = try await options.target([connection, key], wanted: 1, engine: .redis, console: console)
    guard let text = rest.first else { throw DBError(.invalidParameter, Messages.noKey) }
    let key = try value(of: text)
    let format = try output.documentFormat.checked(oneOf: OutputFormat.listingFormats)
    return try await options.withSession(target, before: deadline) { session in
      guard let entry = try await session.redisEntry(key, limit: limit) else {
        console.note(SafeText(Messages.noSuchKey(text)).text)
        return .negative
      }
      if format == .json {
        try await output.write(EntryDocument(entry, connection: session.endpoint, output.rendering).text)
        return .success
      }
      console.note(Messages.entry(type: entry.type, length: entry.length, details: details(of: entry)))
      try await output.write(entry.rows)
      if !entry.isComplete { console.note(Messages.cutEntry(entry.rows.count, entry.length)) }
      return .success
    }
  }

  private func value(of text: String) throws(DBError) -> DBValue {
    guard hexKey else { return .text(text) }
    guard let bytes = DBBytes(hexadecimal: text) else {
      throw DBError(.invalidParameter, Messages.parameterValue("key", ParameterType.bytes.rawValue))
    }
    return .bytes(bytes)
  }

  private func details(of entry: RedisEntry) -> [String] {
    var details = [entry.timeToLive.map { Messages.expires($0.milliseconds) } ?? Messages.neverExpires]
    if let encoding = entry.encoding { details.append(encoding) }
    if let memory = entry.memory { details.append(Messages.memory(memory)) }
    return details
  }
}

extension EntryDocument {
  init(_ entry: RedisEntry, connection: String, _ options: RenderingOptions) {
    self.init(
      key: entry.key, type: entry.type, rows: entry.rows,
      facts: [
        ("encoding", entry.encoding.map { .text($0) } ?? .null),
        ("ttlMs", entry.timeToLive.map { .double($0.milliseconds) } ?? .null),
        ("length", .int(Int64(entry.length))), ("memoryBytes", entry.memory.map { .int(Int64($0)) } ?? .null),
        ("truncated", .bool(!entry.isComplete)),
      ],
      source: SchemaJSON.Source(engine: .redis, connection: connection), options)
  }
}
