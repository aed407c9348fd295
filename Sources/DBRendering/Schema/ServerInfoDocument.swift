public import DBAdapterCore

/// What answered, and what it tells of itself: kind `serverInfo`.
public struct ServerInfoDocument: Sendable {
  private let server: ServerInfo
  private let report: DBDocument?
  private let engine: DatabaseKind

  /// - Parameter report: sections of fields; `nil` where the engine has no report.
  public init(_ server: ServerInfo, report: DBDocument?, engine: DatabaseKind) {
    self.server = server
    self.report = report
    self.engine = engine
  }

  /// The document as JSON, ending in a line break.
  public var text: String {
    var writer = JSONWriter(indentation: 1)
    writer.object { document in
      document.member("schemaVersion", SchemaJSON.schemaVersion)
      document.member("kind", "serverInfo")
      document.member("engine", engine.rawValue)
      document.member("server") { field in
        field.object { fields in
          for (name, value) in facts { fields.member(name) { $0.value(value) } }
          fields.member("capabilities", server.capabilities.names)
        }
      }
      document.member("report") { field in
        if let report { field.document(report) } else { field.null() }
      }
    }
    return writer.text + "\n"
  }

  /// The same in rows of section, name and value.
  public var rows: RowBatch {
    var lines: [(String, String, DBValue)] = facts.map { ("", $0, $1) }
    for section in report?.fields ?? [] {
      if case .document(let fields) = section.value {
        lines += fields.fields.map { (section.name, $0.name, $0.value) }
      } else {
        lines.append(("", section.name, section.value))
      }
    }
    let columns = ["section", "name"].map { Column(name: $0, type: DBType(.text, nativeName: "text")) }
    var builder = RowBatchBuilder(
      columns: ColumnSet(
        columns + [Column(name: "value", type: DBType(.unknown, nativeName: ""))], formats: [.text, .text, .text]))
    for (section, name, value) in lines {
      builder.append(value: .text(section))
      builder.append(value: .text(name))
      builder.append(value: value)
    }
    return builder.finish()
  }

  private var facts: [(String, DBValue)] {
    func text(_ value: String?) -> DBValue { value.map { .text($0) } ?? .null }
    return [
      ("product", text(server.product)), ("version", text(server.version)), ("endpoint", text(server.endpoint)),
      ("database", text(server.database)), ("user", text(server.user)), ("role", text(server.role)),
      ("readOnly", .bool(server.isReadOnly)), ("encryption", text(server.encryption)),
      ("clientLibrary", text(server.clientLibrary)),
    ]
  }
}

extension JSONWriter {
  /// A document with a line for each of its fields, however deep.
  mutating func document(_ value: DBDocument) {
    object { fields in
      for (name, field) in zip(UniqueNames(value.fields.map(\.name)).names, value.fields) {
        fields.member(name) { member in
          if case .document(let inner) = field.value {
            member.document(inner)
          } else {
            member.value(field.value, marksBytes: true)
          }
        }
      }
    }
  }
}
