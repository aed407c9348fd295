internal import DBAdapterCore
internal import DBSQLSupport

/// Says what a statement does, from the parse tree of the server's own grammar. What the grammar does not know counts as unknown, and
/// unknown counts as a write.
struct PostgresClassifier: Sendable {
  private static let capacity = 512
  private let cache = Locked<[String: Analysis]>([:])

  /// What is known of a statement by its text.
  struct Analysis: Sendable {
    let classification: StatementClassification
    let traces: PostgresTraces
    var setting: PostgresSetting?
  }

  /// - Throws: ``DBError/Code-swift.struct/syntaxError`` for what the grammar does not know: more helpful than a refusal, and as safe.
  func classify(_ request: QueryRequest, serverVersion: Int) throws(DBError) -> StatementClassification {
    let text = try SQLStatement(request, style: .dollarNumber).text
    let result = analysis(text).classification
    if result.effect == .unknown, result.statementCount == 1,
      let error = PGStatementParser.syntaxError(text, serverVersion: serverVersion)
    {
      throw error
    }
    return result
  }

  /// A longer text is no everyday statement, and its tree would cost more than a reset.
  private static let longestRead = 64 * 1_024

  /// What a statement can leave behind in the session.
  func traces(of text: String) -> PostgresTraces {
    text.utf8.count > Self.longestRead ? .names : analysis(text).traces
  }

  /// Which settings that others are read under a statement changes.
  func setting(of text: String) -> PostgresSetting? {
    text.utf8.count > Self.longestRead ? nil : analysis(text).setting
  }

  private func analysis(_ text: String) -> Analysis {
    if let known = cache.withLock({ $0[text] }) { return known }
    let result = Self.analyse(text)
    cache.withLock { cache in
      if cache.count >= Self.capacity { cache.removeAll(keepingCapacity: true) }
      cache[text] = result
    }
    return result
  }

  static func classify(_ text: String) -> StatementClassification { analyse(text).classification }

  static func analyse(_ text: String) -> Analysis {
    let summary = firstWords(text)
    func unknown(_ count: Int = 1) -> Analysis {
      Analysis(
        classification: StatementClassification(.unknown, summary: summary, statementCount: count), traces: .names)
    }
    guard let tree = PGStatementParser.parseTree(text), case .document(let root)? = try? DBJSON(tree).parsed(),
      case .array(let statements)? = root["stmts"]
    else { return unknown() }
    guard statements.elements.count == 1, case .document(let entry)? = statements.elements.first,
      case .document(let wrapper)? = entry["stmt"], let node = wrapper.fields.first
    else { return unknown(statements.elements.count) }
    return Analysis(
      classification: StatementClassification(effect(of: node), summary: summary),
      traces: PostgresTraces(of: node), setting: PostgresSetting(of: node))
  }

  private static func effect(of node: DBDocument.Field) -> StatementClassification.Effect {
    switch node.name {
    case "SelectStmt": return queryEffect(node.value)
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

  private static func queryEffect(_ value: DBValue) -> StatementClassification.Effect {
    if contains(value, writingNodes) { return .write }
    return callsWriter(value) ? .procedure : .read
  }

  /// Whether a query names a function that writes although the server calls the transaction read-only.
  private static func callsWriter(_ value: DBValue) -> Bool {
    switch value {
    case .document(let document):
      document.fields.contains { field in
        if field.name == "FuncCall", case .document(let call) = field.value, let name = functionName(call),
          PostgresWritingFunctions.contains(name)
        {
          return true
        }
        return callsWriter(field.value)
      }
    case .array(let array): array.elements.contains(where: callsWriter)
    default: false
    }
  }

  /// The last part of a function's name, as the server compares it.
  static func functionName(_ call: DBDocument) -> String? {
    guard case .array(let parts)? = call["funcname"], case .document(let wrapper)? = parts.elements.last,
      case .document(let string)? = wrapper["String"], case .text(let name)? = string["sval"] ?? string["str"]
    else { return nil }
    return name
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
    return copy["query"].map(queryEffect) ?? .read
  }

  /// The first two words of a statement, comments left out: `DROP TABLE`.
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
