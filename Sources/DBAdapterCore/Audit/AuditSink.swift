/// Keeps audit events. Every statement of every session passes here; an adapter cannot forget it.
public protocol AuditSink: Sendable {
  /// Keeps an event, and returns once it is kept: an event ``AuditEvent/Outcome-swift.enum/began`` as safely as the sink can, since the
  /// statement is sent next. Called on the caller's task, many tasks at a time; must not block a thread.
  /// - Throws: ``DBError/Code-swift.struct/auditFailed`` when it cannot be kept. A cancelled task's event is kept all the same.
  func record(_ event: AuditEvent) async throws(DBError)
}

/// Drops every event; sessions skip making them.
public struct DiscardingAuditSink: AuditSink {
  public init() {}
  public func record(_ event: AuditEvent) {}
}

extension AuditSink where Self == DiscardingAuditSink {
  public static var discarding: DiscardingAuditSink { DiscardingAuditSink() }
}

/// What an audit keeps, and what happens when it cannot.
public struct AuditPolicy: Sendable, Hashable {
  /// Which statements do not run while their beginning cannot be recorded.
  public enum Blocking: String, Sendable, Hashable, CaseIterable {
    case nothing
    /// Everything that is not known to only read.
    case writes
    case everything
  }

  /// Default: ``Blocking-swift.enum/writes``.
  public var blocking: Blocking
  /// Whether events hold the statements' own texts, with the literals in them. Default: no.
  public var keepsText: Bool

  public init(blocking: Blocking = .writes, keepsText: Bool = false) {
    self.blocking = blocking
    self.keepsText = keepsText
  }
}
