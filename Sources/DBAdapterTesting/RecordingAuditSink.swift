public import DBAdapterCore

/// Keeps every audit event, for tests that assert what was recorded.
public final class RecordingAuditSink: AuditSink {
  private let recorded = Locked<[AuditEvent]>([])

  /// A sink without events.
  public init() {}

  /// The events so far, in their order.
  public var events: [AuditEvent] { recorded.withLock { $0 } }

  /// The events as short lines: `began DELETE FROM t`, `succeeded(rows: 1) SELECT $1`.
  public var lines: [String] {
    events.map { event in
      let outcome =
        switch event.outcome {
        case .began: "began"
        case .succeeded(let rows, _): "succeeded(rows: \(rows))"
        case .failed(let code, _): "failed(\(code))"
        case .refused: "refused"
        }
      return "\(outcome) \(event.statement)"
    }
  }

  public func record(_ event: AuditEvent) { recorded.withLock { $0.append(event) } }
}
