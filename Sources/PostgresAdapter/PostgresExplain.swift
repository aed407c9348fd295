public import DBAdapterCore
internal import DBSQLSupport

extension PostgresAdapter {
  /// Runs the statement behind `EXPLAIN`. With ``ExplainMode/analyze`` the server executes it, writes included.
  public func explainQuery(_ request: QueryRequest, mode: ExplainMode) async throws(DBError) -> QueryPlan {
    let statement = try SQLStatement(request, style: .dollarNumber)
    let prefix =
      switch mode {
      case .plan: "EXPLAIN (FORMAT JSON) "
      case .analyze: "EXPLAIN (FORMAT JSON, ANALYZE, BUFFERS) "
      }
    var explain = request
    explain.statement = .text(prefix + statement.text)
    explain.parameters = statement.parameters
    explain.rowLimit = nil
    let result: QueryResult
    do {
      result = try await executeQuery(explain)
    } catch {
      throw error.movingPosition(by: -prefix.unicodeScalars.count)
    }
    guard let row = result.rows.first else {
      throw DBError(.protocolViolation, "the server answered EXPLAIN without a plan", adapter: .postgres)
    }
    let native: DBJSON = try row.decode(at: 0)
    do {
      return QueryPlan(mode: mode, roots: try planRoots(native), native: .json(native))
    } catch {
      throw DBError(.decodingFailed, "the plan of the server is not what it documents: \(error)", adapter: .postgres)
    }
  }
}

extension DBError {
  /// The same error with its position counted in the caller's text.
  fileprivate func movingPosition(by offset: Int) -> DBError {
    guard var diagnostics = server, let position = diagnostics.position else { return self }
    diagnostics.position = max(1, position + offset)
    return DBError(
      code, message, retry: retry, server: diagnostics, adapter: adapter, endpoint: endpoint, stage: stage,
      underlying: underlying)
  }
}

/// The plans in the answer to `EXPLAIN (FORMAT JSON)`: one for each statement that rewrite rules make of one.
func planRoots(_ json: DBJSON) throws(DecodeFailure) -> [PlanNode] {
  guard case .array(let plans) = try json.parsed() else { throw DecodeFailure(wanted: "an array", found: "\(json)") }
  return plans.elements.compactMap { element in
    guard case .document(let document) = element, case .document(let plan)? = document["Plan"] else { return nil }
    return planNode(plan)
  }
}

/// One step. Rows and times are the server's: averages over the step's `Actual Loops`, which is among the details.
private func planNode(_ plan: DBDocument) -> PlanNode {
  var node = PlanNode(operation: "")
  var names: [String: String] = [:]
  for field in plan.fields {
    switch (field.name, field.value) {
    case ("Node Type", .text(let text)): node.operation = text
    case ("Plans", .array(let plans)):
      node.children = plans.elements.compactMap { if case .document(let plan) = $0 { planNode(plan) } else { nil } }
    case ("Total Cost", let value): node.estimatedCost = number(value)
    case ("Plan Rows", let value): node.estimatedRows = number(value)
    case ("Actual Rows", let value): node.actualRows = number(value)
    case ("Actual Total Time", let value): node.actualMilliseconds = number(value)
    default:
      if case .text(let text) = field.value { names[field.name] = text }
      node.details.fields.append(field)
    }
  }
  let target = targets.first { names[$0] != nil }
  node.target = target.flatMap { names[$0] }
  node.details.fields.removeAll { $0.name == target }
  return node
}

/// The fields that name what a step works on, the most telling first.
private let targets = [
  "Relation Name", "Index Name", "CTE Name", "Function Name", "Table Function Name", "Tuplestore Name",
]

private func number(_ value: DBValue) -> Double? {
  switch value {
  case .int(let number): Double(number)
  case .decimal(let decimal): Double(decimal.description)
  default: nil
  }
}
