/// Names that somebody may have meant.
enum NearNames {
  /// `; did you mean find or findOne?`, or the list of all names.
  static func suggestion(for name: String, among known: [String]) -> String {
    let wanted = name.lowercased()
    let near = known.filter { candidate in
      let other = candidate.lowercased()
      return distance(wanted, other) <= max(1, wanted.count / 3) || (wanted.count >= 4 && other.hasPrefix(wanted))
    }
    return near.isEmpty
      ? "; there are \(known.joined(separator: ", "))" : "; did you mean \(near.prefix(3).joined(separator: " or "))?"
  }

  /// How many letters have to be added, taken away or changed.
  private static func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right.utf8.prefix(64))
    var row = Array(0...right.count)
    for (line, byte) in left.utf8.prefix(64).enumerated() {
      var corner = row[0]
      row[0] = line + 1
      for (column, other) in right.enumerated() {
        let change = corner + (byte == other ? 0 : 1)
        corner = row[column + 1]
        row[column + 1] = min(change, row[column] + 1, corner + 1)
      }
    }
    return row[right.count]
  }
}
