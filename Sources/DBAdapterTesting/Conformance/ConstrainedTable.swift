public import DBAdapterCore

/// A table that the engine holds rules to.
public struct ConstrainedTable: Sendable {
  let create: [QueryRequest]
  let accepted: QueryRequest
  let violations: [(what: String, request: QueryRequest, constraint: String?)]

  /// - Parameter violations: what each of them breaks, in words: `a duplicate`.
  public init(
    create: [QueryRequest], accepted: QueryRequest,
    violations: [(what: String, request: QueryRequest, constraint: String?)] = []
  ) {
    self.create = create
    self.accepted = accepted
    self.violations = violations
  }
}
