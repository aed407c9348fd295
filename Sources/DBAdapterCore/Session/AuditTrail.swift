/// The audit events of one call.
struct AuditTrail: Sendable {
  private let sink: any AuditSink
  private let adapter: any IDBAdapter
  private let statement: String
  private let label: String?
  private let requestID = DBUUID.random()
  private let start = Deadline.now()

  init(_ sink: any AuditSink, _ adapter: any IDBAdapter, _ subject: DatabaseSession.Subject) {
    self.sink = sink
    self.adapter = adapter
    switch subject {
    case .statement(let request):
      statement = Self.text(of: request, adapter)
      label = request.label
    case .plan(let request):
      statement = "explain " + Self.text(of: request, adapter)
      label = request.label
    case .question(let question):
      statement = question
      label = nil
    }
  }

  private static func text(of request: QueryRequest, _ adapter: any IDBAdapter) -> String {
    adapter.preparing?.auditText(of: request) ?? request.statement.textWithoutValues
  }

  func record(_ outcome: AuditEvent.Outcome) {
    sink.record(
      AuditEvent(
        requestID: requestID, timestamp: .now(), adapter: type(of: adapter).descriptor.kind, endpoint: adapter.endpoint,
        statement: statement, label: label, outcome: outcome, elapsed: start.elapsed()))
  }
}
