internal import DBAdapterCore

/// The columns of a table as rows of text, without those that would be empty in all of them.
struct ColumnTexts {
  let names: [String]
  let lines: [[String?]]

  init(_ columns: [ColumnInfo]) {
    let hasIntervals = columns.contains { $0.presenceInterval.map { $0.lowerBound < $0.upperBound } ?? false }
    let parts: [(name: String, text: (ColumnInfo) -> String)] = [
      ("default", { $0.defaultText ?? "" }),
      ("generated", { $0.generation?.phrase ?? "" }),
      (hasIntervals ? "presence (95 %)" : "presence", { ($0.presence.map(Coverage.percent) ?? "") + Self.bounds($0) }),
      ("types", { Self.types($0.observedTypes) }),
      ("lengths", { $0.lengths.map(Self.lengths) ?? "" }),
      ("examples", { $0.examples.map(\.description).joined(separator: ", ") }),
      ("declared", { $0.declaration.map(Self.declared) ?? "" }),
      ("comment", { $0.comment ?? "" }),
    ]
    let shown = parts.filter { part in columns.contains { !part.text($0).isEmpty } }
    names = ["column", "type", "null"] + shown.map(\.name)
    lines = columns.map { column in
      [
        column.name, column.type.nativeName + (column.collation.map { " collate \($0)" } ?? ""),
        column.isNullable ? "" : "not null",
      ] + shown.map { $0.text(column) }
    }
  }

  /// `text 80 %, integer 20 %`; nothing where all values have one type.
  private static func types(_ types: [ObservedType]) -> String {
    if types.count < 2 { return "" }
    let values = types.reduce(0) { $0 + $1.count }
    return types.map { "\($0.type.nativeName) \(Coverage.percent(Double($0.count) / Double(max(1, values))))" }
      .joined(separator: ", ")
  }

  /// ` (30 to 36 %)`; nothing where it is certain.
  private static func bounds(_ column: ColumnInfo) -> String {
    guard let interval = column.presenceInterval, interval.lowerBound < interval.upperBound else { return "" }
    let low = Coverage.percent(interval.lowerBound).dropLast(2)
    return " (\(low) to \(Coverage.percent(interval.upperBound)))"
  }

  /// `0 to 12, median 2`.
  private static func lengths(_ lengths: Measurement) -> String {
    if lengths.minimum == lengths.maximum { return "\(lengths.minimum)" }
    return "\(lengths.minimum) to \(lengths.maximum), median \(lengths.median)"
  }

  /// `string or null, required; minLength: 1`.
  private static func declared(_ declaration: ColumnDeclaration) -> String {
    let types = declaration.types.isEmpty ? "any" : declaration.types.joined(separator: " or ")
    return ([types + (declaration.isRequired ? ", required" : "")] + declaration.rules).joined(separator: "; ")
  }
}
