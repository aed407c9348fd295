internal import DBAdapterCore

extension AuditEvent {
  /// Whether it has to be on the disk before the statement goes on: what may change something, and its beginning.
  var isDurable: Bool { outcome == .began || (effect ?? .read) != .read }

  /// Writes the members of its line. What has no value is left out; texts have a bound, so that lines have one.
  func write(to fields: inout JSONWriter) {
    fields.member("time", timestamp.description)
    fields.member("requestId", requestID.description)
    fields.member("user", context.user.bounded(Self.shortText))
    fields.member("host", context.host.bounded(Self.shortText))
    if let connection = context.connection { fields.member("connection", connection.bounded(Self.shortText)) }
    fields.member("engine", adapter.rawValue)
    fields.member("endpoint", endpoint.bounded(Self.shortText))
    fields.member("access", access.auditName)
    if let effect { fields.member("class", effect.rawValue) }
    fields.member("statement", statement.bounded(Self.longText))
    if let fingerprint { fields.member("fingerprint", fingerprint.bounded(Self.shortText)) }
    if let text { fields.member("text", text.bounded(Self.wholeText)) }
    if !parameterTypes.isEmpty {
      let types = parameterTypes.prefix(Self.mostTypes).map { $0.bounded(Self.shortText) }
      fields.member("parameterTypes", types + (parameterTypes.count > types.count ? ["…"] : []))
    }
    if let label { fields.member("label", label.bounded(Self.shortText)) }
    write(outcome, to: &fields)
  }

  private func write(_ outcome: Outcome, to fields: inout JSONWriter) {
    if outcome != .began { fields.member("latencyMs") { $0.raw(Self.milliseconds(elapsed)) } }
    switch outcome {
    case .began: fields.member("outcome", "began")
    case .succeeded(let rows, let bytes):
      fields.member("rows", rows)
      fields.member("bytes", bytes)
      fields.member("outcome", "succeeded")
    case .failed(let code, let serverOutcome):
      fields.member("outcome", "failed")
      fields.member("errorCode", code.rawValue)
      fields.member("serverOutcome", serverOutcome)
    case .refused(let layer):
      fields.member("outcome", "refused")
      fields.member("refusedBy", layer.rawValue)
    }
  }

  /// In bytes.
  private static let shortText = 1_024
  private static let longText = 65_536
  /// A statement's own text, of which every byte may take six in JSON.
  private static let wholeText = 1_048_576
  private static let mostTypes = 256

  /// `12.345`: to the microsecond.
  private static func milliseconds(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let microseconds = max(0, seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    let fraction = String(microseconds % 1_000)
    return "\(microseconds / 1_000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }
}

extension AccessLevel {
  /// As records have it.
  var auditName: String {
    switch self {
    case .readOnly: "readOnly"
    case .readWrite: "readWrite"
    case .administrative: "administrative"
    }
  }
}

extension String {
  /// The text, or its beginning and a mark when it takes more bytes.
  fileprivate func bounded(_ bytes: Int) -> String {
    utf8.count <= bytes ? self : String(decoding: utf8.prefix(bytes), as: UTF8.self) + "…"
  }
}
