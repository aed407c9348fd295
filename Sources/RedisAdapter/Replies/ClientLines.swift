internal import DBAdapterCore

/// The lines of `CLIENT LIST` (https://redis.io/docs/latest/commands/client-list): `id=3 addr=127.0.0.1:50412 name=worker …`. The fields
/// depend on the version of the server.
struct ClientLines {
  /// A column a field, in the order they appear first.
  private(set) var columns: [ReplyColumn] = []
  private(set) var rows: [[DBValue]] = []

  /// All others are numbers.
  private static let texts: Set<String> = [
    "addr", "laddr", "name", "flags", "events", "cmd", "user", "lib-name", "lib-ver",
  ]

  init(_ text: String) {
    let lines = text.split { $0 == "\n" || $0 == "\r\n" }.map(Self.fields)
    var positions: [String: Int] = [:]
    for (name, _) in lines.joined() where positions[name] == nil {
      positions[name] = columns.count
      columns.append(Self.texts.contains(name) ? .string(name) : .integer(name))
    }
    for line in lines {
      var row = columns.map { _ in DBValue.null }
      for (name, value) in line {
        guard let position = positions[name] else { continue }
        row[position] = Self.texts.contains(name) ? .text(value) : ServerReport.scalar(value)
      }
      rows.append(row)
    }
  }

  /// The path of a socket may hold spaces: what is no field belongs to the one before.
  private static func fields(_ line: Substring) -> [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    for word in line.split(separator: " ", omittingEmptySubsequences: false) {
      if let equals = word.firstIndex(of: "=") {
        fields.append((String(word[..<equals]), String(word[word.index(after: equals)...])))
      } else if let last = fields.indices.last, !word.isEmpty {
        fields[last].value += " " + word
      }
    }
    return fields
  }
}
