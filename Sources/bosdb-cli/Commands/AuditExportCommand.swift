internal import ArgumentParser
internal import DBAdapterCore
internal import DBPlatform
internal import DBRendering

/// `bosdb-cli audit export`.
struct AuditExportCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: Messages.auditExportAbstract,
    discussion: Messages.auditDiscussion(
      "export -o audit.jsonl", "export audit.jsonl --since 2026-01-01 --format csv -o january.csv",
      Messages.auditExportText))

  @Argument(help: "The log: a file, or store, which is the default. Also BOSDB_AUDIT.")
  var log: String?

  @OptionGroup(title: "Records") var filters: AuditFilterOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let format = try (output.chosen ?? .jsonl).checked(oneOf: [.jsonl, .csv])
    let rows = AuditRows(isWhole: true)
    let place = AuditPlace(log, isStoreDefault: true) ?? .store
    return try await output.withSink { sink in
      try await place.withLog { log in
        var count = 0
        if format == .jsonl {
          try await log.read(filters.query) { record in
            count += 1
            var line = record.line + "\n"
            try line.withUTF8 { try sink.write(UnsafeRawBufferPointer($0)) }
          }
        } else {
          var writer = ResultWriter(format.renderer(output.rendering), to: sink)
          writer.begin(rows.columns)
          try await log.read(filters.query) { record in
            count += 1
            try writer.rows(rows.batch([record]))
          }
          try writer.end(ResultOutcome())
        }
        console.note(Messages.exportedRecords(count))
        return .success
      }
    }
  }
}
