internal import ArgumentParser
internal import DBAdapterCore
internal import DBRendering

/// `bosdb-cli schema inspect`.
struct SchemaInspectCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Describe every table in one document.",
    discussion: Messages.schemaDiscussion(
      "inspect sqlite:shop.db > schema.json", "inspect \"$DATABASE_URL\" --schema public --table 'order*' --stats"))

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @OptionGroup(title: "Objects") var listing: ListingOptions
  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let deadline = options.deadline
    let (target, _) = try await options.target([connection], wanted: 0, console: console)
    let format = try output.documentFormat.checked(oneOf: [.table, .json])
    return try await options.withSession(target, before: deadline) { session in
      let tables = try await session.describeTables(in: listing.schema, listing.listing(before: deadline))
      console.note(tables.completeness)
      guard format == .json else {
        let texts = tables.items.map { TableText($0, output.rendering).text }
        try await output.write(texts.joined(separator: "\n"))
        return .success
      }
      var schemas = try await session.schemas(
        ListOptions(includesSystem: listing.system, timeout: deadline.remaining))
      if let schema = listing.schema { schemas.items.removeAll { $0.name != schema } }
      let server = try await session.serverInfo()
      try await output.write(SchemaJSON(session).schema(schemas, tables, server: server).text + "\n")
      return .success
    }
  }
}

extension SchemaJSON {
  /// Documents about the database of a session.
  init(_ session: DatabaseSession) {
    self.init(Source(engine: session.descriptor.kind, connection: session.endpoint))
  }
}

extension Console {
  /// Says when a listing is not complete.
  func note(_ completeness: Completeness) {
    if case .partial(let reason) = completeness { note(Messages.incomplete(reason)) }
  }
}

extension OutputOptions {
  /// Writes rows that are ready, in any row format.
  func write(_ rows: RowBatch) async throws {
    try await withSink { sink in
      var writer = ResultWriter(documentFormat.renderer(rendering), to: sink)
      writer.begin(rows.columns)
      try writer.rows(rows)
      try writer.end(ResultOutcome())
    }
  }
}
