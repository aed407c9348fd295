internal import ArgumentParser
internal import DBAdapterCore
internal import DBPlatform
internal import DBRendering

/// `bosdb-cli audit query`.
struct AuditQueryCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "query", abstract: Messages.auditQueryAbstract,
    discussion: Messages.auditDiscussion(
      "query --since 24h --class write --user ada", "query audit.jsonl --unfinished --format json"))

  @Argument(help: "The log: a file, or store, which is the default. Also BOSDB_AUDIT.")
  var log: String?

  @OptionGroup(title: "Records") var filters: AuditFilterOptions

  @Flag(help: "Only statements that began and have no end: they may have run.")
  var unfinished = false

  @Option(help: ArgumentHelp("The most records.", valueName: "n"))
  var limit: Int?

  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError(Messages.notPositive("--limit")) }
  }

  func execute(_ console: Console) async throws -> ExitStatus {
    let format = try output.rowFormat.checked(oneOf: OutputFormat.listingFormats)
    let rows = AuditRows(isWhole: !format.isForPeople)
    var query = filters.query
    query.isUnfinished = unfinished
    let place = AuditPlace(log, isStoreDefault: true) ?? .store
    return try await output.withSink { sink in
      try await place.withLog { log in
        var writer = ResultWriter(format.renderer(output.rendering), to: sink)
        writer.begin(rows.columns)
        var outcome = ResultOutcome()
        do {
          try await log.read(query) { record in
            if let limit, writer.rowCount == limit { throw Enough() }
            try writer.rows(rows.batch([record]))
          }
        } catch is Enough {
          if let limit {
            outcome.truncation = Truncation(.rowLimit, limit: limit)
            console.note(Messages.cutRecords(limit))
          }
        }
        try writer.end(outcome)
        if output.isTerminal, format.isForPeople { console.note(Messages.rows(writer.rowCount)) }
        return .success
      }
    }
  }

  private struct Enough: Error {}
}
