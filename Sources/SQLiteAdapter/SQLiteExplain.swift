internal import DBAdapterCore
internal import DBSQLSupport

extension SQLiteSession {
  /// Asks for a plan; the statement is compiled and not run. Its parameters may be left out.
  func explain(_ sql: SQLStatement) throws(DBError) -> QueryPlan {
    let verb = SQLiteVerb(sql.text)
    guard !verb.isExplained, verb.isCacheable else {
      throw DBError(
        .unsupported,
        "SQLite has plans for SELECT, INSERT, UPDATE and DELETE, not for \(verb.isExplained ? "EXPLAIN" : verb.tag)",
        adapter: .sqlite)
    }
    // Compiled by itself first, so that errors give positions in the caller's own text.
    let own = try prepare(sql.text)
    let values =
      sql.parameters.isEmpty ? Array(repeating: DBValue.null, count: own.parameterCount) : sql.parameters
    let plan = try rows("EXPLAIN QUERY PLAN " + sql.text, values)
    return SQLitePlan.plan(
      of: plan.map { row in
        SQLitePlan.Step(id: row[0].description, parent: row[1].description, detail: row[3].description)
      })
  }
}

/// The tree that `EXPLAIN QUERY PLAN` describes row by row (sqlite.org/eqp.html).
enum SQLitePlan {
  struct Step: Equatable {
    var id: String
    var parent: String
    var detail: String
  }

  static func plan(of steps: [Step]) -> QueryPlan {
    let children = Dictionary(grouping: steps, by: \.parent)
    return QueryPlan(
      mode: .plan, roots: nodes(of: "0", children),
      native: .text((["QUERY PLAN"] + lines(of: "0", children)).joined(separator: "\n")))
  }

  private static func nodes(of parent: String, _ children: [String: [Step]]) -> [PlanNode] {
    (children[parent] ?? []).map { step in
      var node = node(step.detail)
      node.children = nodes(of: step.id, children)
      return node
    }
  }

  /// `SEARCH t USING INDEX i (a=?)`: the operation, what it works on, and the rest.
  static func node(_ detail: String) -> PlanNode {
    let words = detail.split(separator: " ")
    let verb = words.first.map(String.init) ?? detail
    guard ["SCAN", "SEARCH", "MATERIALIZE", "CO-ROUTINE"].contains(verb), words.count > 1 else {
      return PlanNode(operation: detail)
    }
    // Before SQLite 3.36 the word TABLE stood before the name.
    let position = words[1] == "TABLE" && words.count > 2 ? 2 : 1
    var details = DBDocument([DBDocument.Field("detail", .text(detail))])
    if let using = words.firstIndex(of: "USING") {
      details.fields.append(DBDocument.Field("access", .text(words[(using + 1)...].joined(separator: " "))))
    }
    return PlanNode(operation: verb, target: String(words[position]), details: details)
  }

  /// The tree as the `sqlite3` shell prints it.
  private static func lines(of parent: String, _ children: [String: [Step]]) -> [String] {
    let steps = children[parent] ?? []
    return steps.enumerated().flatMap { index, step in
      let isLast = index == steps.count - 1
      return [(isLast ? "`--" : "|--") + step.detail]
        + lines(of: step.id, children).map { (isLast ? "   " : "|  ") + $0 }
    }
  }
}
