public import DBAdapterCore

/// Which records of an audit log are wanted. What is `nil` is not asked for.
public struct AuditQuery: Sendable, Hashable {
  public var since: DBTimestamp?
  /// The first moment that is too late.
  public var until: DBTimestamp?
  public var user: String?
  public var connection: String?
  public var engine: String?
  /// What the statement does: ``AuditRecord/effect``.
  public var effect: String?
  public var outcome: AuditRecord.Outcome?
  public var fingerprint: String?
  /// Part of the statement, in any case.
  public var text: String?
  /// Only beginnings without an end: statements that may have run. Default: no.
  public var isUnfinished = false

  /// Every record.
  public init() {}

  /// Whether a record is as wanted; ``isUnfinished`` is not about one record.
  public func matches(_ record: AuditRecord) -> Bool {
    func isWanted<Value: Equatable>(_ wanted: Value?, _ found: Value?) -> Bool { wanted == nil || wanted == found }
    let time = record.time.microsecondsSince2000
    return time >= since?.microsecondsSince2000 ?? .min && time < until?.microsecondsSince2000 ?? .max
      && isWanted(user, record.user) && isWanted(connection, record.connection) && isWanted(engine, record.engine)
      && isWanted(effect, record.effect) && isWanted(outcome, record.outcome)
      && isWanted(fingerprint, record.fingerprint)
      && text.map { record.statement.lowercased().contains($0.lowercased()) } ?? true
  }
}
