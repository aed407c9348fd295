internal import DBAdapterCore

/// Turns the values of the command line into bound parameters.
struct ParameterBinder {
  private let options: ParameterOptions
  private let kind: DatabaseKind

  init(_ options: ParameterOptions, for kind: DatabaseKind) {
    self.options = options
    self.kind = kind
  }

  /// The statement with its parameters; `:name` becomes a numbered placeholder where the name was given a value.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` naming the parameter that is wrong.
  func request(_ statement: String) throws(DBError) -> QueryRequest {
    if kind == .mongodb, !options.isEmpty { throw DBError(.invalidParameter, Messages.noPlaceholders) }
    var values: [DBValue?] = []
    for (index, text) in options.positional.enumerated() {
      values.append(try untyped(text, "\(index + 1)", readsStandardInput: true))
    }
    var names: [(name: String, value: DBValue)] = []
    for text in options.named {
      let (name, value) = try typed(text)
      if let number = Int(name) {
        try place(value, at: number, &values)
      } else {
        names.append((name, value))
      }
    }
    var text = statement
    if !names.isEmpty {
      var numbers: [String: Int] = [:]
      for (name, value) in names {
        values.append(value)
        guard numbers.updateValue(values.count, forKey: name) == nil else {
          throw DBError(.invalidParameter, Messages.parameterTwice(name))
        }
      }
      let rewritten =
        kind == .redis
        ? NamedPlaceholders(command: statement, numbers: numbers)
        : NamedPlaceholders(
          statement, numbers: numbers, prefix: kind == .sqlite ? "?" : "$", nestsComments: kind == .postgres)
      if let unused = names.first(where: { !rewritten.used.contains($0.name) }) {
        throw DBError(.invalidParameter, Messages.parameterUnused(unused.name))
      }
      text = rewritten.text
    }
    var parameters: [DBValue] = []
    for (index, value) in values.enumerated() {
      guard let value else { throw DBError(.invalidParameter, Messages.parameterMissing(index + 1)) }
      parameters.append(value)
    }
    return QueryRequest(unsafeText: text, parameters: parameters)
  }

  private func place(_ value: DBValue, at number: Int, _ values: inout [DBValue?]) throws(DBError) {
    guard (1...65_535).contains(number) else { throw DBError(.invalidParameter, Messages.parameterNumber("\(number)")) }
    while values.count < number { values.append(nil) }
    guard values[number - 1] == nil else { throw DBError(.invalidParameter, Messages.parameterTwice("\(number)")) }
    values[number - 1] = value
  }

  /// A value without a type. A server that finds the types out from the statement gets text; for others a text that is exactly how a
  /// whole or floating-point number is printed becomes that number, so that comparisons mean what they look like.
  private func untyped(_ text: String, _ name: String, readsStandardInput: Bool) throws(DBError) -> DBValue {
    let content = try content(of: text, name, readsStandardInput: readsStandardInput)
    if kind != .sqlite || content != text { return .text(content) }
    if let whole = Int64(content), String(whole) == content { return .int(whole) }
    if content.contains("."), let number = Double(content), number.isFinite, "\(number)" == content {
      return .double(number)
    }
    return .text(content)
  }

  private func typed(_ argument: String) throws(DBError) -> (String, DBValue) {
    let equals = argument.firstIndex(of: "=")
    let head = argument[..<(equals ?? argument.endIndex)]
    let parts = head.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard !name.isEmpty else { throw DBError(.invalidParameter, Messages.parameterForm(argument)) }
    guard parts.count == 2 else {
      guard let equals else { throw DBError(.invalidParameter, Messages.parameterForm(argument)) }
      return (name, try untyped(String(argument[argument.index(after: equals)...]), name, readsStandardInput: false))
    }
    guard let type = ParameterType(rawValue: String(parts[1])) else {
      throw DBError(.invalidParameter, Messages.parameterType(name, String(parts[1]), ParameterType.names))
    }
    if type == .null, equals == nil { return (name, .null) }
    guard let equals else { throw DBError(.invalidParameter, Messages.parameterForm(argument)) }
    let text = String(argument[argument.index(after: equals)...])
    if type == .bytes, text.hasPrefix("@"), !text.hasPrefix("@@") {
      return (name, .bytes(DBBytes(try InputText.bytes(String(text.dropFirst())))))
    }
    let content = try content(of: text, name, readsStandardInput: false)
    guard let value = type.value(of: content) else {
      throw DBError(.invalidParameter, Messages.parameterValue(name, type.rawValue))
    }
    return (name, value)
  }

  private func content(of text: String, _ name: String, readsStandardInput: Bool) throws(DBError) -> String {
    if text == "-", readsStandardInput { return try InputText.read("-") }
    if text.hasPrefix("@@") { return String(text.dropFirst()) }
    guard text.hasPrefix("@") else { return text }
    do throws(DBError) {
      return try InputText.read(String(text.dropFirst()))
    } catch {
      throw error.completed(message: Messages.parameter(name, error.message))
    }
  }
}
