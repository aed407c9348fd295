internal import DBAdapterCore

/// What was measured of a table, as lines for a person.
struct StatisticsText {
  let statistics: TableStatistics
  /// What the rows are called.
  let noun: String

  /// Title and entries of each section; sections without entries are left out.
  var sections: [(title: String, entries: [String])] {
    [
      ("Sizes", [statistics.memory, statistics.elements].compactMap { $0 }.map(Self.line)),
      ("Time to live", statistics.expiry.map(Self.lines) ?? []),
      ("Encodings", statistics.encodings.map(Self.lines) ?? []),
      ("Largest", statistics.largest.map { "\(ByteCount($0.bytes))  \($0.name)" + Self.elements($0, statistics) }),
      ("Details", statistics.details.fields.flatMap { Self.lines($0) }),
      ("Seen", [statistics.coverage.summary(of: noun)] + statistics.coverage.notes),
    ]
  }

  /// `about 12,000 rows (95 %: 11,800 to 12,210)` and the like.
  static func text(_ estimate: Estimate, _ unit: (Int64) -> String) -> String {
    if estimate.isExact { return unit(estimate.value) }
    guard let interval = estimate.interval else { return "about \(unit(estimate.value))" }
    return "about \(unit(estimate.value)) (95 %: \(interval.lowerBound) to \(interval.upperBound))"
  }

  private static func line(_ measurement: Measurement) -> String {
    let isBytes = measurement.unit == "bytes"
    func shown(_ number: Int64) -> String { isBytes ? "\(ByteCount(number))" : "\(number)" }
    var text = isBytes ? "" : measurement.unit + ": "
    text += "smallest \(shown(measurement.minimum)), median \(shown(measurement.median)), "
    text += "mean \(shown(Int64(measurement.mean.rounded()))), largest \(shown(measurement.maximum))"
    if let total = measurement.total {
      text += ", in all " + (total.isExact ? "" : "about ") + shown(total.value)
      if let interval = total.interval {
        text += " (95 %: \(shown(interval.lowerBound)) to \(shown(interval.upperBound)))"
      }
    }
    return text + (measurement.isMeasured ? " (" : " (estimated: ") + measurement.source + ")"
  }

  private static func lines(_ distribution: Distribution) -> [String] {
    let width = distribution.buckets.map(\.name.count).max() ?? 0
    return distribution.buckets.filter { $0.count > 0 }.map { bucket in
      let name = bucket.name + String(repeating: " ", count: width - bucket.name.count)
      return "\(name)  \(Coverage.percent(distribution.share(of: bucket.name) ?? 0))  (\(bucket.count))"
    }
  }

  private static func lines(_ field: DBDocument.Field) -> [String] {
    switch field.value {
    case .document(let document):
      ["\(field.name):"] + document.fields.flatMap { lines($0) }.map { "  " + $0 }
    case .array(let list): list.elements.isEmpty ? [] : ["\(field.name):"] + list.elements.map { "  " + line($0) }
    default: ["\(field.name): \(field.value)"]
    }
  }

  /// What was found, where an entry says so in a sentence.
  private static func line(_ value: DBValue) -> String {
    guard case .document(let document) = value, let finding = document["finding"] else { return "\(value)" }
    return "\(finding)"
  }

  private static func elements(_ row: LargeRow, _ statistics: TableStatistics) -> String {
    guard let elements = row.elements, let unit = statistics.elements?.unit, unit != "bytes" else { return "" }
    return "  (\(elements) \(unit))"
  }
}

/// `712 B`, `1.4 KiB`, `23 MiB`.
struct ByteCount: CustomStringConvertible {
  let description: String

  init(_ bytes: Int64) {
    var value = Double(bytes)
    var unit = 0
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
    while value >= 1_023.5, unit < units.count - 1 {
      value /= 1_024
      unit += 1
    }
    let rounded = unit > 0 && value < 9.95 ? (value * 10).rounded() / 10 : value.rounded()
    description = DBValue.text(of: rounded) + " " + units[unit]
  }
}
