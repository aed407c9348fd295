internal import ArgumentParser
internal import DBAdapterCore
internal import DBPlatform
internal import DBRendering

/// `bosdb-cli audit tail`.
struct AuditTailCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "tail", abstract: Messages.auditTailAbstract,
    discussion: Messages.auditDiscussion("tail -n 20", "tail audit.jsonl --follow --class write"))

  @Argument(help: "The log: a file, or store, which is the default. Also BOSDB_AUDIT.")
  var log: String?

  @Option(name: [.customShort("n"), .long], help: ArgumentHelp("How many records.", valueName: "n"))
  var lines = 10

  @Flag(name: .shortAndLong, help: "Show what is added, until interrupted.")
  var follow = false

  @OptionGroup(title: "Records") var filters: AuditFilterOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func validate() throws {
    if lines < 0 { throw ValidationError(Messages.notPositive("--lines")) }
  }

  func execute(_ console: Console) async throws -> ExitStatus {
    let format = try output.rowFormat.checked(oneOf: follow ? [.jsonl, .csv, .tsv, .raw] : OutputFormat.listingFormats)
    let rows = AuditRows(isWhole: !format.isForPeople)
    let place = AuditPlace(log, isStoreDefault: true) ?? .store
    return try await output.withSink { sink in
      try await place.withLog { log in
        var writer = ResultWriter(format.renderer(output.rendering), to: sink)
        writer.begin(rows.columns)
        let last = try await log.last(lines, filters.query)
        try writer.rows(rows.batch(last))
        if follow {
          try writer.flush()
          let end = if let last = last.last { last.sequence } else { try await log.last(1).last?.sequence ?? 0 }
          try await log.follow(after: end, filters.query) { record in
            try writer.rows(rows.batch([record]))
            try writer.flush()
          }
        }
        try writer.end(ResultOutcome())
        return .success
      }
    }
  }
}
