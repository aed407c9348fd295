internal import DBAdapterCore
internal import DBRendering
internal import MongoAdapter

/// A command of MongoDB that is put together from arguments.
struct MongoRequest {
  private var elements: [(String, BSONValue)]

  /// - Parameters:
  ///   - name: the command's name: `find`.
  ///   - collection: what it is about.
  init(_ name: String, _ collection: String) { elements = [(name, .string(collection))] }

  init(_ command: BSONDocument) { elements = Array(command) }

  mutating func add(_ name: String, _ value: BSONValue?) {
    if let value { elements.append((name, value)) }
  }

  /// Adds an argument that is a document, if it is given.
  mutating func add(_ name: String, document text: String?, called argument: String) throws {
    guard let text else { return }
    elements.append((name, .document(try MongoArgument.document(text, argument))))
  }

  /// The command as a request. Canonical Extended JSON keeps every type.
  func request(in database: String?) throws -> QueryRequest {
    let target = database.map { [("$db", BSONValue.string($0))] } ?? []
    do throws(BSONError) {
      return QueryRequest(unsafeText: try BSONDocument(elements + target).extendedJSON(.canonical))
    } catch {
      throw DBError(.invalidParameter, error.description, adapter: .mongodb)
    }
  }
}

/// A request with what decides how it is run and printed.
struct MongoPrinting {
  let options: ConnectionOptions
  let output: OutputOptions
  let rendering: RenderingOptions
  let console: Console
  var policy = AccessPolicy.readOnly
  var confirmation = Confirmation()
  var limit: Int?

  /// Runs the request and prints its rows.
  func run(_ request: QueryRequest, on target: Target) async throws -> ExitStatus {
    let start = Deadline.now()
    let deadline = options.deadline
    return try await output.withSink { sink in
      try await options.withSession(target, policy: policy, before: deadline) { session in
        var runner = ScriptRunner(
          script: Script(request), output: output, rendering: rendering, sink: sink, console: console,
          deadline: deadline, confirmation: confirmation, limit: limit, connected: start.elapsed())
        try await runner.run(in: session)
        return .success
      }
    }
  }
}
