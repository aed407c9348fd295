internal import DBAdapterCore
internal import DBPlatform

/// Audit records as rows.
struct AuditRows {
  /// Whether there is a column for everything, or only what a person looks for.
  let isWhole: Bool

  private typealias Field = (name: String, kind: DBType.Kind, value: (AuditRecord) -> DBValue)

  var columns: ColumnSet {
    ColumnSet(
      fields.map { Column(name: $0.name, type: DBType($0.kind, nativeName: $0.kind.rawValue)) },
      formats: fields.map { _ in .text })
  }

  func batch(_ records: [AuditRecord]) -> RowBatch {
    var builder = RowBatchBuilder(columns: columns)
    let fields = fields
    for record in records {
      for field in fields { builder.append(value: field.value(record)) }
    }
    return builder.finish(rowCount: records.count)
  }

  private var fields: [Field] { Self.all.filter { isWhole || Self.short.contains($0.name) } }

  private static let short: Set<String> = [
    "time", "user", "connection", "engine", "class", "outcome", "rows", "latency_ms", "statement",
  ]

  private static var all: [Field] {
    [
      ("seq", .integer, { .int($0.sequence) }),
      ("time", .text, { .text($0.time.description) }),
      ("request_id", .text, { .text($0.requestID) }),
      ("user", .text, { .text($0.user) }),
      ("host", .text, { .text($0.host) }),
      ("connection", .text, { text($0.connection) }),
      ("engine", .text, { .text($0.engine) }),
      ("endpoint", .text, { .text($0.endpoint) }),
      ("access", .text, { .text($0.access) }),
      ("class", .text, { text($0.effect) }),
      ("outcome", .text, { .text($0.outcome.rawValue) }),
      ("error", .text, { text($0.errorCode ?? $0.refusedBy) }),
      ("server_outcome", .text, { text($0.serverOutcome) }),
      ("rows", .integer, { $0.rows.map { .int($0) } ?? .null }),
      ("bytes", .integer, { $0.bytes.map { .int($0) } ?? .null }),
      ("latency_ms", .float, { $0.latencyMs.map { .double($0) } ?? .null }),
      ("statement", .text, { .text($0.statement) }),
      ("fingerprint", .text, { text($0.fingerprint) }),
      ("parameter_types", .text, { .text($0.parameterTypes.joined(separator: " ")) }),
      ("label", .text, { text($0.label) }),
      ("text", .text, { text($0.text) }),
      ("hash", .text, { .text($0.hash) }),
    ]
  }

  private static func text(_ text: String?) -> DBValue { text.map { .text($0) } ?? .null }
}
