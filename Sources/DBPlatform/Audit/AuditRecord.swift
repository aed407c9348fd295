public import DBAdapterCore

/// One event as an audit log keeps it.
public struct AuditRecord: Sendable, Hashable {
  public enum Outcome: String, Sendable, Hashable, CaseIterable {
    /// The statement was to be sent next; without another record of the same ``AuditRecord/requestID`` it may have run.
    case began
    case succeeded, failed, refused
  }

  /// Its place in the log, counted from 1; the log's own records count too.
  public let sequence: Int64
  public let time: DBTimestamp
  /// The same for the beginning and the end of one statement.
  public let requestID: String
  public let user: String
  public let host: String
  public let connection: String?
  public let engine: String
  public let endpoint: String
  /// What the session was allowed: `readOnly`, `readWrite`, `administrative`.
  public let access: String
  /// What the statement does: `read`, `write`, `definition` …; `nil` for a question of the library's own.
  public let effect: String?
  public let statement: String
  public let fingerprint: String?
  public let text: String?
  public let parameterTypes: [String]
  public let rows: Int64?
  public let bytes: Int64?
  /// In milliseconds, to the microsecond; `nil` for a beginning.
  public let latencyMs: Double?
  public let outcome: Outcome
  /// The code of the error it failed with.
  public let errorCode: String?
  /// What became of a statement that failed: `not_sent`, `rejected`, `unknown`.
  public let serverOutcome: String?
  /// The layer of the guard that refused it.
  public let refusedBy: String?
  public let label: String?
  /// Of this record, in hexadecimal digits.
  public let hash: String
  /// The line as it stands in the log, without its end.
  public let line: String

  /// `nil` for a line that is none of an event.
  init?(_ line: AuditLine) {
    let fields = line.document
    func text(_ name: String) -> String? { if case .text(let text)? = fields[name] { text } else { nil } }
    func number(_ name: String) -> Int64? { if case .int(let number)? = fields[name] { number } else { nil } }
    guard line.kind == .event, let time = text("time").flatMap({ DBTimestamp($0) }), let requestID = text("requestId"),
      let outcome = text("outcome").flatMap(Outcome.init(rawValue:))
    else { return nil }
    sequence = line.sequence
    self.time = time
    self.requestID = requestID
    self.outcome = outcome
    user = text("user") ?? ""
    host = text("host") ?? ""
    connection = text("connection")
    engine = text("engine") ?? ""
    endpoint = text("endpoint") ?? ""
    access = text("access") ?? ""
    effect = text("class")
    statement = text("statement") ?? ""
    fingerprint = text("fingerprint")
    self.text = text("text")
    parameterTypes =
      if case .array(let types)? = fields["parameterTypes"] { types.elements.map(\.description) } else { [] }
    rows = number("rows")
    bytes = number("bytes")
    latencyMs = fields["latencyMs"].flatMap { Double($0.description) }
    errorCode = text("errorCode")
    serverOutcome = text("serverOutcome")
    refusedBy = text("refusedBy")
    label = text("label")
    hash = line.hash
    self.line = String(decoding: line.bytes, as: UTF8.self)
  }
}
