public import DBAdapterCore

/// How far a connection came: as JSON of kind `connectionTest`, and as text.
public struct ConnectionReportDocument: Sendable {
  private let report: ConnectionReport
  private let name: String
  private let engine: DatabaseKind

  /// - Parameter name: what the user calls the connection, without secrets.
  public init(_ report: ConnectionReport, name: String, engine: DatabaseKind) {
    self.report = report
    self.name = name
    self.engine = engine
  }

  /// The JSON document, ending in a line break.
  public var text: String {
    var writer = JSONWriter(indentation: 1)
    writer.object { fields in
      fields.member("schemaVersion", SchemaJSON.schemaVersion)
      fields.member("kind", "connectionTest")
      fields.member("connection", name)
      fields.member("engine", engine.rawValue)
      fields.member("success", report.isSuccess)
      fields.member("connectMs") { $0.raw(DBValue.text(of: report.connectElapsed.milliseconds)) }
      fields.member("stages") { list in
        list.list(report.steps) { writer, step in
          writer.object {
            $0.member("stage", step.stage.rawValue)
            $0.member("outcome", step.outcome.rawValue)
            $0.member("elapsedMs") { $0.raw(step.elapsed.map { DBValue.text(of: $0.milliseconds) } ?? "null") }
            $0.member("detail", step.detail)
          }
        }
      }
      fields.member("product", report.server?.product)
      fields.member("version", report.server?.version)
      fields.member("endpoint", report.server?.endpoint)
      fields.member("encryption", report.server?.encryption)
      fields.member("user", report.privileges?.user ?? report.server?.user)
      fields.member("warnings", report.warnings)
      fields.member("error") { field in
        guard let error = report.error else { return field.null() }
        field.object {
          $0.member("code", error.category.name)
          $0.member("message", error.message)
          $0.member("stage", error.stage?.rawValue)
        }
      }
    }
    return writer.text + "\n"
  }

  /// A line a stage, for people.
  public var lines: String {
    report.steps.map { step in
      let outcome =
        switch step.outcome {
        case .passed: "passed"
        case .failed: "FAILED"
        case .notNeeded: "not needed"
        case .notReached: "not reached"
        case .unknown: "not known"
        }
      let elapsed = step.elapsed.map { DBValue.text(of: $0.milliseconds) + " ms" }
      let details = [elapsed, step.detail.map { SafeText($0).text }].compactMap(\.self).joined(separator: "  ")
      let line = Self.padded(step.stage.rawValue, 16) + Self.padded(outcome, 13) + details
      return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }.joined()
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}
