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
/// be the server's own when it has the name of one. A qualified column is taken to be one, although `t.f` calls `f` where `t` has none.
extension PostgresTraces {
  /// What one statement can leave.
  init(of statement: PGNode) {
    switch statement.name {
    case "SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CopyStmt": self.init(in: statement)
    case "ExplainStmt":
      if let inner = statement["query"]?.firstPart {
        self.init(of: inner)
      } else {
        self = .names
      }
    // Whether a transaction is open the server says with every answer.
    case "TransactionStmt", "VariableShowStmt", "TruncateStmt", "LockStmt", "NotifyStmt": self = .none
    case "VariableSetStmt": self.init(ofSetting: statement)
    case "ListenStmt", "UnlistenStmt", "FetchStmt", "ClosePortalStmt": self = .some
    case "DeclareCursorStmt": self = max(.some, PostgresTraces(in: statement))
    default: self = .names
    }
  }

  private init(ofSetting setting: PGNode) {
    // SET LOCAL ends with its transaction. A name with a dot is the user's own: the server does nothing by it.
    if setting["is_local"]?.isTrue == true {
      self = .none
    } else if setting["name"]?.text?.contains(".") == true {
      self = .some
    } else {
      self = .names
    }
  }

  /// What the parts of a statement can leave.
  private init(in statement: PGNode) {
    self = .none
    for node in statement.subtree where self != .names { self = max(self, PostgresTraces(at: node)) }
  }

  private init(at node: PGNode) {
    switch node.word {
    case .into: self = .names
    case .call: self.init(ofCall: node)
    case .indirection: self.init(ofSelection: node)
    case .expression, .subquery:
      let names = [node["name"], node["operName"]].compactMap(\.self)
      self = names.allSatisfy { Name($0)?.isServers == true } ? .none : .names
    default: self = .none
    }
  }

  /// `(value).name` calls a function where the value has no such field.
  private init(ofSelection node: PGNode) {
    let names = node["indirection"]?.children.compactMap(\.stringValue) ?? []
    self = names.allSatisfy(PostgresTracelessFunctions.contains) ? .none : .names
  }

  private init(ofCall call: PGNode) {
    guard let name = call["funcname"].flatMap(Name.init), name.isServers else {
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
  private init(ofSetConfig call: PGNode) {
    let arguments = call["args"]?.children.map(\.self) ?? []
    guard arguments.count == 3 else {
      self = .names
      return
    }
    if arguments[2].constant("boolval")?.isTrue == true {
      self = .none
    } else if arguments[0].constant("sval")?.text?.contains(".") == true {
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

    init?(_ list: PGNode) {
      guard let parts = list.nameParts, let last = parts.last else { return nil }
      self.last = last
      isServers = parts.count == 1 || parts.dropLast() == ["pg_catalog"]
    }
  }
}
