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

  /// - Parameters:
  ///   - kind: the engine of the connection that is changed. Default: the store's own.
  ///   - connection: the connection's name. Default: none.
  init(
    _ sink: any AuditSink, _ statement: String, _ store: PlatformStore, kind: DatabaseKind? = nil,
    connection: String? = nil
  ) {
    self.sink = sink
    self.statement = statement
    self.kind = kind ?? (store.location.file == nil ? .postgres : .sqlite)
    endpoint = store.location.description
    var context = AuditContext.current
    context.connection = connection
    self.context = context
  }

  /// Runs a change between the event that says it begins and the one that says how it ended.
  /// - Throws: ``DBError/Code-swift.struct/auditFailed`` when its beginning cannot be recorded: then nothing is changed.
  func around<R>(_ body: () async throws(DBError) -> R) async throws(DBError) -> R {
    try await record(.began)
    let result: R
    do throws(DBError) {
      result = try await body()
    } catch {
      try? await record(.failed(error.code, outcome: error.outcome))
      throw error
    }
    try? await record(.succeeded(rows: 0, bytes: 0))
    return result
  }

  private func record(_ outcome: AuditEvent.Outcome) async throws(DBError) {
    try await sink.record(
      AuditEvent(
        requestID: requestID, timestamp: .now(), context: context, adapter: kind, endpoint: endpoint,
        access: .administrative, effect: .administration, statement: statement, fingerprint: nil, outcome: outcome,
        elapsed: start.elapsed()))
  }
}
