internal import ArgumentParser
internal import DBAdapterCore
internal import MongoAdapter

/// `bosdb-cli mongo insert`.
struct MongoInsertCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "insert", abstract: Messages.mongoInsertAbstract,
    discussion: Messages.mongoDiscussion(
      "insert mongodb://localhost/shop orders -f orders.jsonl --write",
      "insert \"$MONGODB_URL\" orders --unordered --write < orders.json", Messages.mongoInsertText))

  enum Order: String, EnumerableFlag {
    case ordered, unordered

    static func help(for value: Order) -> ArgumentHelp? {
      value == .ordered ? "Stop at the first document that fails." : "Go on after documents that fail."
    }
  }

  @Argument(help: "The connection, unless --url or the environment names it.")
  var connection: String?

  @Argument(help: "The collection.")
  var collection: String?

  @Option(name: [.customShort("f"), .long], help: ArgumentHelp("A file; - is standard input.", valueName: "file"))
  var file: String?

  @Flag var order = Order.ordered

  @Option(help: ArgumentHelp("What is said while it lasts, on standard error.", valueName: "form"))
  var progress = InsertProgress.Form.auto

  @OptionGroup(title: "Connection") var options: ConnectionOptions
  @OptionGroup(title: "Connection") var database: MongoDatabaseOptions
  @OptionGroup(title: "Safety") var safety: SafetyOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let deadline = options.deadline
    let (target, rest) = try await options.target(
      [connection, collection], wanted: 1, engine: .mongodb, console: console)
    guard let name = rest.first, !name.isEmpty else { throw DBError(.invalidParameter, Messages.noCollection) }
    guard let path = file ?? (InputText.isTerminal ? nil : "-") else {
      throw DBError(.invalidParameter, Messages.noInput)
    }
    // Nobody should type documents that are then refused.
    let policy = try target.policy(safety.policy)
    guard policy.level != .readOnly else {
      throw DBError(.rejectedByGuard, Messages.insertWrites, refusedBy: .classification)
    }
    if path == "-", options.passwordStdin { throw DBError(.invalidParameter, Messages.standardInputTwice) }
    let input = try InputFile(path)
    var settings = MongoBulkOptions()
    settings.isOrdered = order == .ordered
    settings.database = database.database
    return try await options.withSession(target, policy: policy, before: deadline) { session in
      var insertion = DocumentInsertion(
        session: session, collection: name, options: settings, deadline: deadline, inputName: InputText.name(path),
        console: console, progress: InsertProgress(progress, console))
      do {
        try await insertion.run(input)
      } catch {
        insertion.conclude()
        throw error
      }
      insertion.conclude()
      return insertion.failed > 0 || insertion.isUnconfirmed ? .statementFailed : .success
    }
  }
}

extension InsertProgress.Form: ExpressibleByArgument {}
