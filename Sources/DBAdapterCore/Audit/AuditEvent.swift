/// One line of the audit trail: a statement that began or ended. Parameters and rows are never part of it.
public struct AuditEvent: Sendable, Hashable {
  public enum Outcome: Sendable, Hashable {
    case began
    case succeeded(rows: Int)
    case failed(DBError.Code)
    /// The guard refused it; nothing was sent.
    case refused
  }

  /// The same for the beginning and the end of one statement.
  public var requestID: DBUUID
  public var timestamp: DBTimestamp
  public var adapter: DatabaseKind
  /// Where the statement ran, without credentials.
  public var endpoint: String
  /// The text with its placeholders, or what the session was asked for: `describe public.orders`.
  public var statement: String
  public var label: String?
  public var outcome: Outcome
  public var elapsed: Duration

  public init(
    requestID: DBUUID, timestamp: DBTimestamp, adapter: DatabaseKind, endpoint: String, statement: String,
    label: String?,
    outcome: Outcome, elapsed: Duration
  ) {
    self.requestID = requestID
    self.timestamp = timestamp
    self.adapter = adapter
    self.endpoint = endpoint
    self.statement = statement
    self.label = label
    self.outcome = outcome
    self.elapsed = elapsed
  }
}

/// Takes audit events. Every statement of every session passes here; an adapter cannot forget it.
public protocol AuditSink: Sendable {
  /// Called before the statement is sent and after it ended, on the caller's task; must not block.
  func record(_ event: AuditEvent)
}

/// Drops every event; sessions skip making them.
public struct DiscardingAuditSink: AuditSink {
  public init() {}
  public func record(_ event: AuditEvent) {}
}

extension AuditSink where Self == DiscardingAuditSink {
  public static var discarding: DiscardingAuditSink { DiscardingAuditSink() }
}
