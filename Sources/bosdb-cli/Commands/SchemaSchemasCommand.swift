internal import ArgumentParser
internal import DBAdapterCore
internal import DBRendering

/// `bosdb-cli schema schemas`.
struct SchemaSchemasCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "schemas", abstract: "List schemas.",
    discussion: Messages.schemaDiscussion("schemas \"$DATABASE_URL\"", "schemas \"$DATABASE_URL\" --system --json"))

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @Flag(help: "The engine's own schemas too.")
  var system = false

  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let deadline = options.deadline
    let format = try output.documentFormat.checked(oneOf: OutputFormat.listingFormats)
    let (target, _) = try await options.target([connection], wanted: 0, console: console)
    return try await options.withSession(target, before: deadline) { session in
      let schemas = try await session.schemas(ListOptions(includesSystem: system, timeout: deadline.remaining))
      console.note(schemas.completeness)
      if format == .json {
        try await output.write(SchemaJSON(session).schemas(schemas).text + "\n")
      } else {
        try await output.write(ListingRows.schemas(schemas.items))
      }
      return .success
    }
  }
}
