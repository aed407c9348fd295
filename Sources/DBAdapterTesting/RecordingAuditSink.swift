public import DBAdapterCore

/// Keeps every audit event, for tests that assert what was recorded.
public final class RecordingAuditSink: AuditSink {
  private let recorded = Locked<[AuditEvent]>([])

  /// A sink without events.
  public init() {}

  /// The events so far, in their order.
  public var events: [AuditEvent] { recorded.withLock { $0 } }

  /// The events as short lines: `began SELECT 1`, `succeeded(rows: 1) SELECT 1`.
  public var lines: [String] { events.map { "\($0.outcome) \($0.statement)" } }

  public func record(_ event: AuditEvent) { recorded.withLock { $0.append(event) } }
}
