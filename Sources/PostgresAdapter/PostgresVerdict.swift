internal import DBAdapterCore

/// What a statement does, and what in it decided that.
struct PostgresVerdict {
  var effect: StatementClassification.Effect
  /// What follows the statement's name in a refusal: `holds a DELETE`. `nil` where the name says it all.
  var finding: String?

  private init(_ effect: StatementClassification.Effect, _ finding: String? = nil) {
    self.effect = effect
    self.finding = finding
  }

  /// Looks at a whole statement, common tables, subqueries and arguments included.
  init(of statement: PGNode) {
    switch statement.name {
    case "SelectStmt": self.init(ofQuery: statement)
    case "VariableShowStmt": self.init(.read)
    case "ExplainStmt": self.init(ofExplain: statement)
    case "CopyStmt": self.init(ofCopy: statement)
    case "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "TruncateStmt", "LockStmt", "RefreshMatViewStmt",
      "VacuumStmt", "ReindexStmt", "ClusterStmt", "NotifyStmt", "CheckPointStmt":
      self.init(.write)
    case "TransactionStmt": self.init(.transactionControl)
    case "VariableSetStmt", "DiscardStmt", "ListenStmt", "UnlistenStmt", "DeclareCursorStmt", "FetchStmt",
      "ClosePortalStmt", "ConstraintsSetStmt":
      self.init(.session)
    case "LoadStmt": self.init(.procedure, "loads code into the server")
    case "DoStmt", "CallStmt", "PrepareStmt", "ExecuteStmt", "DeallocateStmt": self.init(.procedure)
    case let name: self.init(Self.definitions.contains { name.hasPrefix($0) } ? .definition : .unknown)
    }
  }

  private static let definitions = [
    "Create", "Alter", "Drop", "Rename", "Grant", "Comment", "SecLabel", "Define", "Reassign", "View", "Index", "Rule",
    "Import",
  ]

  // MARK: Queries

  private init(ofQuery query: PGNode) {
    self.init(.read)
    for node in query.subtree {
      guard let found = Self.finding(at: node, isWhole: node.index == query.index) else { continue }
      self = found
      return
    }
  }

  private static func finding(at node: PGNode, isWhole: Bool) -> PostgresVerdict? {
    switch node.word {
    case .statement:
      if isWhole || node.isNamed("SelectStmt") { return nil }
      return PostgresVerdict(.write, "holds \(article(node.name.dropLast(4).uppercased()))")
    case .into: return PostgresVerdict(.write, "makes a table (INTO)")
    case .locking:
      return PostgresVerdict(.write, "locks rows (\(node.subtree.lazy.compactMap(lockName).first ?? "FOR UPDATE"))")
    case .call: return node["funcname"]?.nameParts.flatMap { call($0, arguments: node["args"]) }
    // `t.f` and `(value).f` call `f` where there is no such field.
    case .column:
      let names = node["fields"]?.children.map(\.stringValue) ?? []
      guard names.count > 1, let name = names.last ?? nil else { return nil }
      return PostgresWritingFunctions.reach(of: name).map { PostgresVerdict(named: name, $0) }
    case .indirection:
      for name in node["indirection"]?.children.compactMap(\.stringValue) ?? [] {
        if let reach = PostgresWritingFunctions.reach(of: name) { return PostgresVerdict(named: name, reach) }
      }
      return nil
    default: return nil
    }
  }

  /// Whatever the schema: a function of the same name elsewhere is most often made to call the server's.
  private static func call(_ parts: [String], arguments: PGNode?) -> PostgresVerdict? {
    guard let name = parts.last else { return nil }
    // Of the two forms of ts_rewrite the one with three arguments takes no text to run.
    if name == "ts_rewrite", arguments?.children.count(where: { _ in true }) == 3 { return nil }
    if let schema = parts.dropLast().last, PostgresWritingFunctions.schemas.contains(schema) {
      return PostgresVerdict(.procedure, "calls \(schema).\(name), which reaches outside the database")
    }
    let isServers = parts.count == 1 || parts.first == "pg_catalog"
    let reach =
      PostgresWritingFunctions.reach(of: name)
      ?? (isServers && !PostgresReadingFunctions.mayContain(name) ? .unknown : nil)
    return reach.map { PostgresVerdict(named: name, $0) }
  }

  private init(named name: String, _ reach: PostgresWritingFunctions.Reach) {
    self.init(reach.effect, "calls \(name), which \(reach.rawValue)")
  }

  private static func lockName(_ node: PGNode) -> String? {
    guard node.isNamed("strength") else { return nil }
    return switch node.text {
    case "LCS_FORKEYSHARE": "FOR KEY SHARE"
    case "LCS_FORSHARE": "FOR SHARE"
    case "LCS_FORNOKEYUPDATE": "FOR NO KEY UPDATE"
    default: "FOR UPDATE"
    }
  }

  private static func article(_ name: String) -> String { ("AEIOU".contains(name.prefix(1)) ? "an " : "a ") + name }

  // MARK: Statements around statements

  /// Options of `EXPLAIN` that run nothing. One that is not known, such as an extension's, may run the statement.
  private static let planningOptions: Set<String> = [
    "verbose", "costs", "settings", "generic_plan", "buffers", "wal", "timing", "summary", "memory", "format",
    "serialize",
  ]

  /// Whether the server runs what it explains. The argument of ANALYZE is not looked at: `ANALYZE false` is rare, and to refuse it is safe.
  static func runs(_ explain: PGNode) -> Bool {
    explain["options"]?.children.contains { option in
      guard let name = option["DefElem"]?["defname"]?.text else { return true }
      return !planningOptions.contains(name)
    } ?? false
  }

  private init(ofExplain explain: PGNode) {
    guard let inner = explain["query"]?.firstPart else {
      self.init(.unknown)
      return
    }
    guard Self.runs(explain) else {
      self.init(.read)
      return
    }
    self.init(of: inner)
    guard effect != .read else { return }
    if let found = finding {
      finding = "runs the statement it explains, which \(found)"
    } else {
      finding = "runs the \(inner.name.dropLast(4).uppercased()) it explains"
    }
  }

  private init(ofCopy copy: PGNode) {
    if copy["is_from"]?.isTrue == true {
      self.init(.write, copy["is_program"] == nil ? "fills a table" : "runs a program on the server")
    } else if copy["is_program"] != nil {
      self.init(.write, "runs a program on the server")
    } else if copy["filename"] != nil {
      self.init(.write, "writes a file of the server")
    } else if let query = copy["query"]?.firstPart {
      if query.isNamed("SelectStmt") {
        self.init(ofQuery: query)
      } else {
        self.init(.write, "holds \(Self.article(query.name.dropLast(4).uppercased()))")
      }
    } else {
      self.init(.read)
    }
  }
}
