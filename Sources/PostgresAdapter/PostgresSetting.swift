internal import DBAdapterCore

/// That a statement changes settings under which the server reads those after it: it looks names up and reads literals,
/// dates and times of day among them, while it prepares a statement.
struct PostgresSetting: Sendable, Equatable {
  /// Whether a setting outlasts its transaction.
  var lastsForSession = false
  /// The parameters, from 1, that the new values are.
  var parameters: Set<Int> = []
  /// Whether text and parameters tell the new values.
  var isKnown = true

  /// - Returns: `nil` for a statement that changes no such setting by name.
  init?(of statement: DBDocument.Field) {
    if statement.name == "VariableSetStmt" {
      guard case .document(let setting) = statement.value else { return nil }
      if case .text(let name)? = setting["name"], Self.changesNoReading(name) { return nil }
      lastsForSession = setting["is_local"] != .bool(true)
    } else {
      var calls: [DBDocument] = []
      Self.findCalls(in: statement.value, &calls)
      for call in calls { note(call) }
      if calls.isEmpty { return nil }
    }
  }

  private mutating func note(_ call: DBDocument) {
    guard case .array(let arguments)? = call["args"], arguments.elements.count == 3 else {
      lastsForSession = true
      isKnown = false
      return
    }
    if arguments.elements[2].constant("boolval") != .bool(true) { lastsForSession = true }
    for argument in arguments.elements { noteSource(argument) }
  }

  /// Where a value comes from.
  private mutating func noteSource(_ value: DBValue) {
    switch value {
    case .document(let document):
      for field in document.fields {
        switch (field.name, field.value) {
        case ("ParamRef", .document(let parameter)):
          if case .int(let number)? = parameter["number"] { parameters.insert(Int(number)) }
        case ("ColumnRef", _), ("SubLink", _), ("FuncCall", _): isKnown = false
        default: noteSource(field.value)
        }
      }
    case .array(let array): for element in array.elements { noteSource(element) }
    default: break
    }
  }

  /// The calls of `set_config` that are not known to change nothing of the kind.
  private static func findCalls(in value: DBValue, _ calls: inout [DBDocument]) {
    switch value {
    case .document(let document):
      for field in document.fields {
        if field.name == "FuncCall", case .document(let call) = field.value, isSetConfig(call) { calls.append(call) }
        findCalls(in: field.value, &calls)
      }
    case .array(let array): for element in array.elements { findCalls(in: element, &calls) }
    default: break
    }
  }

  private static func isSetConfig(_ call: DBDocument) -> Bool {
    guard PostgresClassifier.functionName(call) == "set_config" else { return false }
    guard case .array(let arguments)? = call["args"], case .text(let name)? = arguments.elements.first?.constant("sval")
    else { return true }
    return !changesNoReading(name)
  }

  /// A user's own settings, and those set with every other transaction.
  private static func changesNoReading(_ name: String) -> Bool {
    let name = name.lowercased()
    return name.contains(".") || name.hasSuffix("_timeout") || name.hasSuffix("work_mem") || name.hasPrefix("enable_")
      || name.hasPrefix("transaction") || ["application_name", "session characteristics"].contains(name)
  }
}

extension DBValue {
  /// The value of an `A_Const` node.
  func constant(_ kind: String) -> DBValue? {
    guard case .document(let wrapper) = self, case .document(let constant)? = wrapper["A_Const"],
      case .document(let value)? = constant[kind]
    else { return nil }
    return value[kind]
  }
}

/// Under which settings a session's statements are read, as far as its users changed them by name: a digest.
struct PostgresReading: Sendable, Hashable {
  /// As the connection string has it.
  static let plain = PostgresReading()

  private var session = 0
  private var transaction = 0

  mutating func note(_ setting: PostgresSetting, _ text: String, _ values: [DBValue]) {
    var hasher = Hasher()
    hasher.combine(self)
    hasher.combine(text)
    for number in setting.parameters.sorted() where values.indices.contains(number - 1) {
      hasher.combine(values[number - 1])
    }
    let digest = setting.isKnown ? hasher.finalize() : Self.unique
    if setting.lastsForSession { session = digest } else { transaction = digest }
  }

  /// What was set for the transaction is over.
  mutating func endTransaction() { transaction = 0 }

  /// Some of the settings are as they were before; nobody knows which.
  mutating func undo() {
    if session != 0 { session = Self.unique }
    if transaction != 0 { transaction = Self.unique }
  }

  private static var unique: Int { .random(in: .min ... .max) }
}
