public import DBAdapterCore

/// What is stored under a key, as JSON: kind `entry`. Its `value` is a string, an object of fields, or a list.
public struct EntryDocument: Sendable {
  /// The document, ending in a line break.
  public let text: String

  /// - Parameters:
  ///   - type: `string`, `hash`, `list`, `set`, `zset`, `stream`.
  ///   - rows: one `value`; or `field` and `value`, `index` and `value`, `member`, `member` and `score`, `id` and `fields`.
  ///   - facts: what else is known of the key, in this order.
  public init(
    key: DBValue, type: String, rows: RowBatch, facts: [(String, DBValue)], source: SchemaJSON.Source,
    _ options: RenderingOptions
  ) {
    let cells = JSONCells(
      binary: options.binary ?? .base64, numbers: options.numbers, keepsLineBreaks: true, marksBytes: true)
    var writer = JSONWriter(indentation: 1)
    writer.object { document in
      document.member("schemaVersion", SchemaJSON.schemaVersion)
      document.member("kind", "entry")
      document.member("engine", source.engine.rawValue)
      document.member("connection", source.connection)
      document.member("key") { $0.write(key, cells) }
      document.member("type", type)
      for (name, value) in facts { document.member(name) { $0.write(value, cells) } }
      document.member("value") { Self.write(rows, type, cells, &$0) }
    }
    text = writer.text + "\n"
  }

  private static func write(_ rows: RowBatch, _ type: String, _ cells: JSONCells, _ writer: inout JSONWriter) {
    switch type {
    case "string": writer.write(rows.first?[0] ?? .null, cells)
    case "hash":
      // An object has names of text only.
      let names = rows.compactMap { row in if case .text(let name) = row[0] { name } else { nil } }
      guard names.count == rows.count else { return objects(rows, cells, &writer) }
      writer.object { fields in
        for (name, row) in zip(names, rows) { fields.member(name) { $0.write(row[1], cells) } }
      }
    case "list": writer.array { list in for row in rows { list.write(row[1], cells) } }
    case "set": writer.array { list in for row in rows { list.write(row[0], cells) } }
    default: objects(rows, cells, &writer)
    }
  }

  private static func objects(_ rows: RowBatch, _ cells: JSONCells, _ writer: inout JSONWriter) {
    writer.array { list in
      for row in rows {
        list.object { fields in
          for (name, value) in zip(rows.columns.names, row) { fields.member(name) { $0.write(value, cells) } }
        }
      }
    }
  }
}

extension JSONWriter {
  fileprivate mutating func write(_ value: DBValue, _ cells: JSONCells) {
    var buffer = OutputBuffer(capacity: 256)
    cells.append(value, to: &buffer)
    raw(buffer.withBytes { String(decoding: $0, as: UTF8.self) })
  }
}
