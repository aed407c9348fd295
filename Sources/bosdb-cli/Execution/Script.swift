internal import DBAdapterCore

/// The statements a command is to run, from one of the three places they can come from.
struct Script {
  /// A statement with its parameters, and where it stands.
  struct Item {
    let request: QueryRequest
    let place: CommandFailure.Place
  }

  let items: [Item]
  /// Whether it came from a file or standard input.
  let isScript: Bool

  /// One request that a command has put together.
  init(_ request: QueryRequest) {
    items = [Item(request: request, place: CommandFailure.Place(statement: "", script: nil))]
    isScript = false
  }

  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when there is no statement or more than one source.
  init(
    argument: String?, file: String?, options: ConnectionOptions, parameters: ParameterOptions,
    registration: AdapterRegistration
  ) throws(DBError) {
    if argument != nil, file != nil { throw DBError(.invalidParameter, Messages.statementTwice) }
    let binder = ParameterBinder(parameters, for: registration.descriptor.kind)
    if let argument {
      guard !Self.isBlank(argument) else { throw DBError(.invalidParameter, Messages.emptyStatement) }
      try Self.checkStandardInput([parameters.readsStandardInput, options.passwordStdin])
      isScript = false
      items = [
        Item(request: try binder.request(argument), place: CommandFailure.Place(statement: argument, script: nil))
      ]
      return
    }
    guard let path = file ?? (InputText.isTerminal ? nil : "-") else {
      throw DBError(.invalidParameter, Messages.noStatement)
    }
    try Self.checkStandardInput([path == "-", parameters.readsStandardInput, options.passwordStdin])
    let text = try InputText.read(path)
    let name = InputText.name(path)
    let statements: [ScriptStatement]
    do throws(DBError) {
      statements = try registration.statements(inScript: text)
    } catch {
      let advice = Self.holdsCopyData(text) ? " (\(Messages.copyInScript))" : ""
      throw error.completed(message: "\(name): \(error.message)\(advice)")
    }
    guard !statements.isEmpty else { throw DBError(.invalidParameter, "\(name): \(Messages.emptyStatement)") }
    guard parameters.isEmpty || statements.count == 1 else {
      throw DBError(.invalidParameter, "\(Messages.parametersNeedOneStatement) \(statements.count)")
    }
    isScript = true
    var items: [Item] = []
    for statement in statements {
      let request = parameters.isEmpty ? QueryRequest(unsafeText: statement.text) : try binder.request(statement.text)
      items.append(
        Item(
          request: request,
          place: CommandFailure.Place(statement: statement.text, script: (name, statement.line))))
    }
    self.items = items
  }

  /// Whether a script goes on with the data of a `COPY`, as `pg_dump` writes it: no scanner of SQL can read that.
  private static func holdsCopyData(_ text: String) -> Bool {
    text.split(separator: "\n").contains {
      $0.hasPrefix("COPY ") && $0.lowercased().hasSuffix(" from stdin;")
    }
  }

  private static func checkStandardInput(_ readers: [Bool]) throws(DBError) {
    if readers.count(where: \.self) > 1 { throw DBError(.invalidParameter, Messages.standardInputTwice) }
  }

  private static func isBlank(_ text: String) -> Bool { text.allSatisfy { $0.isWhitespace || $0 == ";" } }
}
