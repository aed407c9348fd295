/// The audit events of one call.
struct AuditTrail: Sendable {
  private let sink: any AuditSink
  private let policy: AuditPolicy
  private let telemetry: PoolTelemetry
  private let template: AuditEvent
  private let mayBlock: Bool
  private let start = Deadline.now()

  /// - Parameter effect: what the statement does; `nil` for a question.
  init(_ session: DatabaseSession, _ subject: DatabaseSession.Subject, _ effect: StatementClassification.Effect?) {
    sink = session.audit.sink
    policy = session.audit.policy
    telemetry = session.lender.telemetry
    var event = AuditEvent(
      requestID: .random(), timestamp: .now(), context: .current, adapter: session.descriptor.kind,
      endpoint: session.endpoint, access: session.policy.level, effect: effect, statement: "", outcome: .began,
      elapsed: .zero)
    if case .retreat = subject { mayBlock = false } else { mayBlock = true }
    switch subject {
    case .statement(let request): event.describe(request, session.adapter, keepsText: policy.keepsText)
    case .plan(let request):
      event.describe(request, session.adapter, keepsText: policy.keepsText)
      event.statement = "explain " + event.statement
      event.effect = .read
    case .question(let question), .retreat(let question): event.statement = question
    }
    template = event
  }

  /// Records that the statement is sent next, where that matters.
  /// - Throws: ``DBError/Code-swift.struct/auditFailed`` when the policy lets nothing run untold.
  func begin() async throws(DBError) {
    let onlyReads = template.effect == nil || template.effect == .read
    guard !onlyReads || (policy.blocking == .everything && mayBlock) else { return }
    do throws(DBError) {
      try await sink.record(template)
    } catch {
      telemetry.auditFailed(error)
      if policy.blocking == .nothing { return }
      throw DBError(
        .auditFailed, "the statement was not sent, because the audit trail cannot be written: \(error.message)",
        underlying: error, refusedBy: .policy)
    }
  }

  /// Records how it ended. When that fails the log says so: the statement has run, and its caller has to learn how.
  func end(_ outcome: AuditEvent.Outcome) async {
    var event = template
    event.outcome = outcome
    event.timestamp = .now()
    event.elapsed = start.elapsed()
    do throws(DBError) {
      try await sink.record(event)
    } catch {
      telemetry.auditFailed(error)
    }
  }

  func end(_ result: QueryResult) async {
    await end(
      .succeeded(rows: result.rows.isEmpty ? result.affectedRows ?? 0 : result.rows.count, bytes: result.rows.byteCount)
    )
  }

  func end(_ error: DBError) async {
    // An error of ours that does not say that nothing was sent may have come after it was.
    let isUnclear = error.outcome == "not_sent" && error.retry != .safe
    await end(
      error.refusedBy.map { .refused($0) } ?? .failed(error.code, outcome: isUnclear ? "unknown" : error.outcome))
  }
}

extension AuditTrail {
  /// Records how a call ended whose body threw: an error of the caller's own ended the statement early.
  func end(ofBody error: any Error) async {
    if let error = error as? DBError {
      await end(error)
    } else {
      await end(.failed(.cancelled, outcome: "unknown"))
    }
  }
}

/// Where a session's events go.
struct Auditing: Sendable {
  let sink: any AuditSink
  let policy: AuditPolicy
  let isActive: Bool

  init(_ sink: any AuditSink, _ policy: AuditPolicy) {
    self.sink = sink
    self.policy = policy
    isActive = !(sink is DiscardingAuditSink)
  }
}

extension AuditEvent {
  fileprivate mutating func describe(_ request: QueryRequest, _ adapter: any IDBAdapter, keepsText: Bool) {
    let normalized = adapter.normalized(request)
    statement = normalized.text
    fingerprint = normalized.fingerprint
    label = request.label
    parameterTypes = request.boundValues.map(\.kindName)
    if keepsText, !normalized.mayHoldSecret { text = request.statement.textWithoutValues }
  }
}
