internal import DBAdapterCore
internal import DBSQLSupport

/// Says what a statement does, from the parse tree of the server's own grammar. What the grammar does not know counts as unknown, and
/// unknown counts as a write.
struct PostgresClassifier: Sendable {
  private static let capacity = 512
  private let cache = Locked<[String: StatementClassification]>([:])

  func classify(_ request: QueryRequest) throws(DBError) -> StatementClassification {
    let text = try SQLStatement(request, style: .dollarNumber).text
    if let known = cache.withLock({ $0[text] }) { return known }
    let result = Self.classify(text)
    cache.withLock { cache in
      if cache.count >= Self.capacity { cache.removeAll(keepingCapacity: true) }
      cache[text] = result
    }
    return result
  }

  static func classify(_ text: String) -> StatementClassification {
    let summary = firstWords(text)
    guard let tree = PGStatementParser.parseTree(text), case .document(let root)? = try? DBJSON(tree).parsed(),
      case .array(let statements)? = root["stmts"]
    else { return StatementClassification(.unknown, summary: summary) }
    guard statements.elements.count == 1, case .document(let entry)? = statements.elements.first,
      case .document(let wrapper)? = entry["stmt"], let node = wrapper.fields.first
    else { return StatementClassification(.unknown, summary: summary, statementCount: statements.elements.count) }
    return StatementClassification(effect(of: node), summary: summary)
  }

  private static func effect(of node: DBDocument.Field) -> StatementClassification.Effect {
    switch node.name {
    case "SelectStmt": return contains(node.value, writingNodes) ? .write : .read
    case "VariableShowStmt": return .read
    case "ExplainStmt": return explainEffect(node.value)
    case "CopyStmt": return copyEffect(node.value)
    case "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "TruncateStmt", "LockStmt", "RefreshMatViewStmt",
      "VacuumStmt",
      "ReindexStmt", "ClusterStmt", "NotifyStmt":
      return .write
    case "TransactionStmt": return .transactionControl
    case "VariableSetStmt", "DiscardStmt", "ListenStmt", "UnlistenStmt", "LoadStmt", "CheckPointStmt",
      "DeclareCursorStmt",
      "FetchStmt", "ClosePortalStmt", "ConstraintsSetStmt":
      return .session
    case "DoStmt", "CallStmt", "PrepareStmt", "ExecuteStmt", "DeallocateStmt": return .procedure
    default:
      let isDefinition = [
        "Create", "Alter", "Drop", "Rename", "Grant", "Comment", "SecLabel", "Define", "Reassign", "View", "Index",
        "Rule",
      ]
      return isDefinition.contains { node.name.hasPrefix($0) } ? .definition : .unknown
    }
  }

  /// Nodes that make a query more than a query: data-modifying CTEs, SELECT INTO, row locks.
  private static let writingNodes: Set<String> = [
    "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "intoClause", "lockingClause",
  ]

  private static func contains(_ value: DBValue, _ names: Set<String>) -> Bool {
    switch value {
    case .document(let document): document.fields.contains { names.contains($0.name) || contains($0.value, names) }
    case .array(let array): array.elements.contains { contains($0, names) }
    default: false
    }
  }

  private static func explainEffect(_ value: DBValue) -> StatementClassification.Effect {
    guard case .document(let explain) = value, case .document(let wrapper)? = explain["query"],
      let inner = wrapper.fields.first
    else { return .unknown }
    var runs = false
    if case .array(let options)? = explain["options"] {
      runs = options.elements.contains { option in
        guard case .document(let wrapper) = option, case .document(let element)? = wrapper["DefElem"] else {
          return true
        }
        // Whatever its argument: `ANALYZE false` is rare, and refusing it is the safe side.
        return element["defname"] == .text("analyze")
      }
    }
    return runs ? effect(of: inner) : .read
  }

  private static func copyEffect(_ value: DBValue) -> StatementClassification.Effect {
    guard case .document(let copy) = value else { return .unknown }
    let isToClient = copy["is_from"] == nil && copy["filename"] == nil && copy["is_program"] == nil
    guard isToClient else { return .write }
    return copy["query"].map { contains($0, writingNodes) } == true ? .write : .read
  }

  /// The first two words of a statement, comments left out: `DROP TABLE`.
  static func isCopy(_ text: String) -> Bool { firstWords(text).uppercased().hasPrefix("COPY") }

  private static func firstWords(_ text: String) -> String {
    var rest = text[...]
    var words: [Substring] = []
    while words.count < 2, let character = rest.first {
      if character.isWhitespace || character == ";" || character == "(" {
        rest.removeFirst()
      } else if rest.hasPrefix("--") {
        rest = rest.drop { !$0.isNewline }
      } else if rest.hasPrefix("/*") {
        rest = rest.firstRange(of: "*/").map { rest[$0.upperBound...] } ?? ""
      } else if character.isLetter {
        let word = rest.prefix { $0.isLetter || $0 == "_" }
        words.append(word)
        rest = rest.dropFirst(word.count)
      } else {
        break
      }
    }
    guard let first = words.first else { return "the statement" }
    let twoWords: Set<String> = ["CREATE", "DROP", "ALTER", "COPY", "LOCK", "REFRESH", "SET", "EXPLAIN"]
    let head = first.uppercased()
    return twoWords.contains(head) && words.count > 1 ? head + " " + words[1].uppercased() : head
  }
}
