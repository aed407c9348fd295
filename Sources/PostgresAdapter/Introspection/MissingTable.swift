internal import DBAdapterCore

extension PostgresCatalog {
  /// The error for a table that is not there, naming what the caller may have meant: another kind of object, the same
  /// name in another schema, a name that differs by a letter or two.
  func missing(_ table: TableReference) async throws(DBError) -> DBError {
    if let schema = table.schema { try await requireSchema(schema) }
    let rows = try await rows(
      """
      SELECT n.nspname, c.relname, n.nspname = ANY ($1::pg_catalog.text::pg_catalog.name[]),
        CASE WHEN c.relkind NOT IN ('r', 'v', 'm', 'f', 'p') THEN
          CASE c.relkind WHEN 'S' THEN 'a sequence' WHEN 'c' THEN 'a composite type' WHEN 't' THEN 'a TOAST table'
            ELSE 'an index' END
        END
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE \(Self.isReachable)
        AND (c.relname = $2::pg_catalog.text
          OR NOT \(Self.isSystem) AND c.relkind IN ('r', 'v', 'm', 'f', 'p')
            AND abs(length(c.relname) - length($2)) <= 2)
      ORDER BY c.relname <> $2, n.nspname, c.relname
      LIMIT 20000
      """, [.text(visibleSchemas), .text(table.name)])
    var elsewhere: [String] = []
    var similar: [String] = []
    for row in rows {
      let (schema, name, isVisible, otherKind) = try row.decode((String, String, Bool, String?).self)
      let isLookedAt = table.schema.map { $0 == schema } ?? isVisible
      if let otherKind {
        if name == table.name, isLookedAt { return DBError(.objectNotFound, "\(table) is \(otherKind), not a table") }
      } else if name == table.name {
        elsewhere.append("\(schema).\(name)")
      } else if isLookedAt {
        similar.append(name)
      }
    }
    if !elsewhere.isEmpty {
      let place = table.schema == nil ? " in the search path" : ""
      let others = elsewhere.prefix(3).joined(separator: ", ")
      return DBError(.objectNotFound, "there is no table \(table)\(place), but there is \(others)")
    }
    let prefix = table.schema.map { $0 + "." } ?? ""
    let names = closest(to: table.name, in: similar).map { prefix + $0 }
    return DBError(.objectNotFound, "there is no table \(table)" + suggestion(names))
  }

  /// The names within two changes of a letter, the nearest first, at most three.
  func closest(to wanted: String, in names: [String]) -> [String] {
    let wanted = Array(wanted.lowercased())
    let limit = min(2, wanted.count / 2)
    return names.map { (name: $0, distance: editDistance(wanted, Array($0.lowercased()))) }
      .filter { $0.distance <= limit }
      .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
      .prefix(3).map(\.name)
  }

  func suggestion(_ names: [String]) -> String {
    names.isEmpty ? "" : "; did you mean " + names.joined(separator: " or ") + "?"
  }

  /// How many letters have to be added, removed or changed (Levenshtein).
  private func editDistance(_ left: [Character], _ right: [Character]) -> Int {
    if abs(left.count - right.count) > 2 { return 3 }
    var previous = Array(0...right.count)
    for (row, letter) in left.enumerated() {
      var current = [row + 1]
      current.reserveCapacity(right.count + 1)
      for (column, other) in right.enumerated() {
        current.append(
          min(previous[column] + (letter == other ? 0 : 1), previous[column + 1] + 1, current[column] + 1))
      }
      previous = current
    }
    return previous[right.count]
  }
}
