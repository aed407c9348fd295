internal import DBAdapterCore

/// What a statement can leave behind in its session.
enum PostgresTraces: Int, Sendable, Comparable {
  case none
  /// A lock, a setting of the user's own, a cursor, a subscription, the state of a sequence.
  case some
  /// Anything, and with it what names mean: a search path, a role, a temporary table, a prepared statement.
  case names

  static func < (left: PostgresTraces, right: PostgresTraces) -> Bool { left.rawValue < right.rawValue }
}

/// Reads from its parse tree what a statement can leave behind.
///
/// Only what is known to leave nothing counts as such. The proof goes as far as the text does: what a statement reaches without naming it
/// (the body of a view, triggers, defaults, policies, operators, casts) is taken to leave nothing, and a function without a schema is taken to
/// be the server's own when it has the name of one.
extension PostgresTraces {
  /// What one statement can leave.
  init(of statement: DBDocument.Field) {
    switch statement.name {
    case "SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CopyStmt": self.init(in: statement.value)
    case "ExplainStmt":
      if case .document(let explain) = statement.value, case .document(let wrapper)? = explain["query"],
        let inner = wrapper.fields.first
      {
        self.init(of: inner)
      } else {
        self = .names
      }
    // Whether a transaction is open the server says with every answer.
    case "TransactionStmt", "VariableShowStmt", "TruncateStmt", "LockStmt", "NotifyStmt": self = .none
    case "VariableSetStmt": self.init(ofSetting: statement.value)
    case "ListenStmt", "UnlistenStmt", "FetchStmt", "ClosePortalStmt": self = .some
    case "DeclareCursorStmt": self = max(.some, PostgresTraces(in: statement.value))
    default: self = .names
    }
  }

  private init(ofSetting value: DBValue) {
    guard case .document(let setting) = value else {
      self = .names
      return
    }
    // SET LOCAL ends with its transaction. A name with a dot is the user's own: the server does nothing by it.
    if setting["is_local"] == .bool(true) {
      self = .none
    } else if case .text(let name)? = setting["name"], name.contains(".") {
      self = .some
    } else {
      self = .names
    }
  }

  /// What the parts of a statement can leave.
  private init(in value: DBValue) {
    switch value {
    case .document(let document):
      self = document.fields.reduce(.none) {
        $0 == .names ? $0 : max($0, PostgresTraces(at: $1), PostgresTraces(in: $1.value))
      }
    case .array(let array): self = array.elements.reduce(.none) { $0 == .names ? $0 : max($0, PostgresTraces(in: $1)) }
    default: self = .none
    }
  }

  private init(at field: DBDocument.Field) {
    // A JSON tree has no other fields of these names; a column that is called so is a value.
    switch field.name {
    case "intoClause": self = .names
    case "FuncCall":
      if case .document(let call) = field.value { self.init(ofCall: call) } else { self = .names }
    case "A_Expr", "SubLink":
      guard case .document(let expression) = field.value else {
        self = .names
        return
      }
      let names = [expression["name"], expression["operName"]]
      self = names.contains { $0 != nil && Name($0)?.isServers != true } ? .names : .none
    default: self = .none
    }
  }

  private init(ofCall call: DBDocument) {
    guard let name = Name(call["funcname"]), name.isServers else {
      self = .names
      return
    }
    if PostgresTracelessFunctions.contains(name.last) {
      self = .none
    } else if name.last == "set_config" {
      self.init(ofSetConfig: call)
    } else {
      self = PostgresTracelessFunctions.leavesNoNames(name.last) ? .some : .names
    }
  }

  /// `set_config(name, value, isLocal)`, where the arguments are written out.
  private init(ofSetConfig call: DBDocument) {
    guard case .array(let arguments)? = call["args"], arguments.elements.count == 3 else {
      self = .names
      return
    }
    if arguments.elements[2].constant("boolval") == .bool(true) {
      self = .none
    } else if case .text(let name)? = arguments.elements[0].constant("sval"), name.contains(".") {
      self = .some
    } else {
      self = .names
    }
  }

  /// A name of one part or several.
  private struct Name {
    let last: String
    /// Whether it stands alone or behind `pg_catalog`.
    let isServers: Bool

    init?(_ value: DBValue?) {
      guard case .array(let array)? = value else { return nil }
      var parts: [String] = []
      for element in array.elements {
        guard case .document(let wrapper) = element, case .document(let string)? = wrapper["String"],
          case .text(let part)? = string["sval"] ?? string["str"]
        else { return nil }
        parts.append(part)
      }
      guard let last = parts.last else { return nil }
      self.last = last
      isServers = parts.count == 1 || parts.dropLast() == ["pg_catalog"]
    }
  }
}
