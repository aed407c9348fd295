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
  init?(of statement: PGNode) {
    if statement.isNamed("VariableSetStmt") {
      if let name = statement["name"]?.text, Self.changesNoReading(name) { return nil }
      lastsForSession = statement["is_local"]?.isTrue != true
    } else {
      var hasFound = false
      for node in statement.subtree where node.word == .call && Self.isSetConfig(node) {
        note(node)
        hasFound = true
      }
      if !hasFound { return nil }
    }
  }

  private mutating func note(_ call: PGNode) {
    let arguments = call["args"]?.children.map(\.self) ?? []
    guard arguments.count == 3 else {
      lastsForSession = true
      isKnown = false
      return
    }
    if arguments[2].constant("boolval")?.isTrue != true { lastsForSession = true }
    for argument in arguments { noteSource(argument) }
  }

  /// Where a value comes from.
  private mutating func noteSource(_ argument: PGNode) {
    for node in argument.subtree {
      switch node.word {
      case .parameter: if let number = node["number"]?.number { parameters.insert(number) }
      case .column, .subquery, .call: isKnown = false
      default: break
      }
    }
  }

  /// Whether it calls `set_config`, and is not known to change nothing of the kind.
  private static func isSetConfig(_ call: PGNode) -> Bool {
    guard call["funcname"]?.nameParts?.last == "set_config" else { return false }
    guard let name = call["args"]?.firstPart?.constant("sval")?.text else { return true }
    return !changesNoReading(name)
  }

  /// A user's own settings, and those set with every other transaction.
  private static func changesNoReading(_ name: String) -> Bool {
    let name = name.lowercased()
    return name.contains(".") || name.hasSuffix("_timeout") || name.hasSuffix("work_mem") || name.hasPrefix("enable_")
      || name.hasPrefix("transaction") || ["application_name", "session characteristics"].contains(name)
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
