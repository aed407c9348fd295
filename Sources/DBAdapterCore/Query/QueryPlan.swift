/// Whether an explanation only plans the statement or also runs it.
public enum ExplainMode: Sendable, Hashable {
  /// Nothing is executed.
  case plan
  /// The statement runs, writes included; the guard treats it as the statement itself.
  case analyze
}

/// One step of a plan.
public struct PlanNode: Sendable, Hashable {
  /// The engine's word for the step: `Seq Scan`, `SEARCH`.
  public var operation: String
  /// The table, index or other object the step works on.
  public var target: String?
  /// What else the engine says of the step, in its order: conditions, keys.
  public var details: DBDocument
  /// Costs in the engine's own unit; `nil` when it gives none.
  public var estimatedCost: Double?
  public var estimatedRows: Double?
  /// Measured, with ``ExplainMode/analyze``.
  public var actualRows: Double?
  /// Milliseconds, measured, with ``ExplainMode/analyze``.
  public var actualMilliseconds: Double?
  public var children: [PlanNode]

  public init(
    operation: String, target: String? = nil, details: DBDocument = DBDocument(), estimatedCost: Double? = nil,
    estimatedRows: Double? = nil, actualRows: Double? = nil, actualMilliseconds: Double? = nil,
    children: [PlanNode] = []
  ) {
    self.operation = operation
    self.target = target
    self.details = details
    self.estimatedCost = estimatedCost
    self.estimatedRows = estimatedRows
    self.actualRows = actualRows
    self.actualMilliseconds = actualMilliseconds
    self.children = children
  }
}

/// How the server would run, or ran, a statement.
public struct QueryPlan: Sendable, Hashable {
  public var mode: ExplainMode
  public var roots: [PlanNode]
  /// The engine's own answer: JSON where it offers it, else text.
  public var native: DBValue
  /// `false` where the engine has no planner and the facts are static.
  public var isPlan: Bool
  /// What the adapter makes of it, a sentence each without a full stop, warnings among them. Default: nothing.
  public var notes: [String]

  public init(mode: ExplainMode, roots: [PlanNode], native: DBValue, isPlan: Bool = true, notes: [String] = []) {
    self.mode = mode
    self.roots = roots
    self.native = native
    self.isPlan = isPlan
    self.notes = notes
  }
}
