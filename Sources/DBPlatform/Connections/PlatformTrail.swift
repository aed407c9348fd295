internal import DBAdapterCore

/// The audit events of one change of the platform store.
struct PlatformTrail: Sendable {
  private let sink: any AuditSink
  private let statement: String
  private let kind: DatabaseKind
  private let endpoint: String
  private let context: AuditContext
  private let requestID = DBUUID.random()
  private let start = Deadline.now()

  init(_ sink: any AuditSink, _ statement: String, _ kind: DatabaseKind, _ store: PlatformStore, connection: String?) {
    self.sink = sink
    self.statement = statement
    self.kind = kind
    endpoint = store.location.description
    var context = AuditContext.current
    context.connection = connection
    self.context = context
  }

  func record(_ outcome: AuditEvent.Outcome) async throws(DBError) {
    try await sink.record(
      AuditEvent(
        requestID: requestID, timestamp: .now(), context: context, adapter: kind, endpoint: endpoint,
        access: .administrative, effect: .administration, statement: statement, fingerprint: nil, outcome: outcome,
        elapsed: start.elapsed()))
  }
}
