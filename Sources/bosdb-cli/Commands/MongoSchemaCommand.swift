internal import ArgumentParser
internal import DBAdapterCore
internal import DBRendering
internal import MongoAdapter

/// `bosdb-cli mongo schema`.
struct MongoSchemaCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Infer what the documents of a collection look like.",
    discussion: Messages.mongoDiscussion(
      "schema mongodb://localhost/shop orders", "schema \"$MONGODB_URL\" orders --full --format swift > Order.swift",
      text))

  private static let text = """
    Documents are read at random, within a budget of documents and time; --full reads every one. Of a sample, presence comes with the bounds \
    in which it is for all documents in 95 of 100 samples. No value is shown unless --values asks for some.
    """

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @Argument(help: "The collection, view or time series.")
  var collection: String?

  @Option(help: ArgumentHelp("The most documents read, or a share of all: 5000, 2%.", valueName: "n"))
  var sample: DocumentSampleArgument?

  @Flag(help: "Read every document, however long it takes.")
  var full = false

  @Option(help: ArgumentHelp("The longest to read.", valueName: "duration"))
  var time = DurationArgument(.seconds(2))

  @Option(help: ArgumentHelp("Show up to so many different values of each field.", valueName: "n"))
  var values = 0

  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Connection") var database: MongoDatabaseOptions
  @OptionGroup(title: "Output") var output: SchemaOutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func validate() throws {
    if full, sample != nil { throw ValidationError("--full reads all documents, and takes no --sample") }
    if values < 0 { throw ValidationError(Messages.outOfRange("--values", "at least 0")) }
  }

  func execute(_ console: Console) async throws -> ExitStatus {
    let deadline = options.deadline
    let (target, rest) = try await options.target(
      [connection, collection], wanted: 1, engine: .mongodb, console: console)
    guard let name = rest.first else { throw DBError(.invalidParameter, Messages.noCollection) }
    var budget = SamplingBudget(duration: time.duration, isFull: full)
    if let items = sample?.items { budget.items = items }
    return try await options.withSession(target, before: deadline) { session in
      let found = try await session.inferSchema(
        of: name, in: database.database, budget, share: sample?.share, options: InferenceOptions(sampleValues: values),
        timeout: deadline.remaining)
      switch output.chosen {
      case .table: try output.write(TableText(found.description, output.rendering).text)
      case .json: try output.write(SchemaJSON(session).table(found.description).text + "\n")
      case .jsonschema:
        try output.write(try found.schema.jsonSchema(JSONSchemaOptions(title: name)).indentedJSON + "\n")
        Self.note(found.coverage, console)
      case .swift:
        try output.write(found.schema.swiftSource(of: name))
        Self.note(found.coverage, console)
      }
      return .success
    }
  }

  /// Says on what the output rests, where that has no place in it.
  private static func note(_ coverage: Coverage, _ console: Console) {
    console.note(Messages.seen(coverage.summary(of: "documents")))
    for note in coverage.notes { console.note(SafeText(note).text) }
  }
}

/// How many documents to read: a number, or a share of all.
enum DocumentSampleArgument: ExpressibleByArgument {
  case items(Int)
  case share(Double)

  init?(argument: String) {
    if argument.hasSuffix("%") {
      guard let percent = Double(argument.dropLast()), percent > 0, percent <= 100 else { return nil }
      self = .share(percent / 100)
    } else {
      guard let number = Int(argument), number > 0 else { return nil }
      self = .items(number)
    }
  }

  var items: Int? { if case .items(let items) = self { items } else { nil } }
  var share: Double? { if case .share(let share) = self { share } else { nil } }
}

extension BSONDocument {
  /// Relaxed Extended JSON with a line for each member.
  fileprivate var indentedJSON: String {
    var writer = JSONWriter(indentation: 2)
    writer.write(.document(self))
    return writer.text
  }
}

extension JSONWriter {
  fileprivate mutating func write(_ value: BSONValue) {
    switch value {
    case .document(let document):
      object { fields in for (name, value) in document { fields.member(name) { $0.write(value) } } }
    case .array(let array): self.array { list in for value in array { list.write(value) } }
    default: raw(value.extendedJSON())
    }
  }
}
