internal import ArgumentParser
internal import DBAdapterCore
internal import DBRendering

/// `bosdb-cli redis analyze`.
struct RedisAnalyzeCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze", abstract: Messages.redisAnalyzeAbstract,
    discussion: Messages.redisDiscussion(
      "analyze redis://localhost", "analyze \"$REDIS_URL\" --sample all --ops 2000 --format json",
      Messages.redisAnalyzeText))

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @Option(help: ArgumentHelp("The most keys looked at, or all.", valueName: "n"))
  var sample = SampleArgument(items: 10_000)

  @Option(help: ArgumentHelp("The longest to look.", valueName: "duration"))
  var time = DurationArgument(.seconds(2))

  @Option(help: ArgumentHelp("The most commands a second sent to the server.", valueName: "n"))
  var ops: Int?

  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func validate() throws {
    if let ops, ops < 1 { throw ValidationError(Messages.notPositive("--ops")) }
  }

  func execute(_ console: Console) async throws -> ExitStatus {
    let deadline = options.deadline
    let (target, _) = try await options.target([connection], wanted: 0, engine: .redis, console: console)
    let format = try output.documentFormat.checked(oneOf: OutputFormat.listingFormats)
    var budget = SamplingBudget(duration: time.duration, operationsPerSecond: ops)
    if let items = sample.items { budget.items = items } else { budget.isFull = true }
    return try await options.withSession(target, before: deadline) { session in
      var groups = try await session.describeTables(
        ListOptions(includesEstimates: true, timeout: deadline.remaining, sampling: budget))
      groups.items.sort { ($0.memory, $1.table.reference.name) > ($1.memory, $0.table.reference.name) }
      if format == .json {
        try await output.write(SchemaJSON(session).analysis(groups).text + "\n")
      } else {
        try await output.write(ListingRows.groups(groups.items))
        if let coverage = groups.coverage {
          console.note(Messages.seen(coverage.summary(of: "keys")))
          for note in coverage.notes { console.note(SafeText(note).text) }
        }
      }
      return .success
    }
  }
}

/// How many keys to look at: a number, or `all`.
struct SampleArgument: ExpressibleByArgument, CustomStringConvertible {
  /// `nil`: all.
  let items: Int?

  init(items: Int?) { self.items = items }

  init?(argument: String) {
    if argument == "all" {
      items = nil
    } else {
      guard let number = Int(argument), number > 0 else { return nil }
      items = number
    }
  }

  var description: String { items.map(String.init) ?? "all" }
  var defaultValueDescription: String { description }
}

extension TableDescription {
  /// Bytes its rows take, as far as that is known.
  fileprivate var memory: Int64 { statistics?.memory?.total?.value ?? table.size?.value ?? 0 }
}
