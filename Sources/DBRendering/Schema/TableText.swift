public import DBAdapterCore

/// A table as a person reads it: columns, keys, checks and indexes, each in the words of its SQL.
public struct TableText: Sendable {
  private let description: TableDescription
  private let options: RenderingOptions
  private let style: TerminalStyle

  /// The text of one table.
  public init(_ description: TableDescription, _ options: RenderingOptions = RenderingOptions()) {
    self.description = description
    self.options = options
    style = TerminalStyle(isColored: options.isColored)
  }

  /// The lines, ending in a line break.
  public var text: String {
    var lines = [title]
    if let comment = description.table.comment { lines.append("  " + shown(comment)) }
    lines += facts.map { "  " + $0 }
    lines.append("")
    lines.append(columns)
    lines += constraints
    lines += section("Indexes", description.indexes.map(index))
    if let statistics = description.statistics {
      for (title, entries) in StatisticsText(statistics: statistics, noun: noun).sections {
        lines += section(title, entries.map(shown))
      }
    }
    if let definition = description.viewDefinition {
      lines += ["", heading("Definition")]
      lines += definition.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + shown(String($0)) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var title: String {
    let kind = description.table.kind.description
    let options = description.options.isEmpty ? "" : " (" + description.options.joined(separator: ", ") + ")"
    return style.heading + kind.prefix(1).uppercased() + kind.dropFirst() + " "
      + shown("\(description.table.reference)")
      + style.reset + shown(options)
  }

  /// What the rows are called.
  private var noun: String {
    if case .keyGroup = description.table.kind { return "keys" }
    if case .inferred = description.origin { return "documents" }
    return "rows"
  }

  private var facts: [String] {
    var facts: [String] = []
    if let rows = description.table.rows {
      let text = StatisticsText.text(rows) { "\($0) \(noun)" }
      facts.append(rows.isExact ? text : text + " (\(rows.source))")
    }
    if let size = description.table.size { facts.append((size.isExact ? "" : "about ") + "\(size.value) bytes") }
    if let owner = description.table.owner { facts.append("owned by " + shown(owner)) }
    if case .inferred(let sampled, let total, let method) = description.origin {
      facts.append("inferred from \(sampled) of \(total.map { "\($0)" } ?? "?") (\(method))")
    }
    var lines = facts.isEmpty ? [] : [facts.joined(separator: ", ")]
    if let partition = description.partition {
      if let key = partition.key { lines.append("partitioned by " + shown(key)) }
      if let parent = partition.parent {
        lines.append("partition of " + shown("\(parent) " + (partition.bound ?? "")))
      }
    }
    return lines
  }

  /// The columns as a table, without the columns of it that would be empty.
  private var columns: String {
    let texts = ColumnTexts(description.columns)
    let rows = ListingRows.texts(texts.names, texts.lines)
    var renderer = TableRenderer(options)
    var buffer = OutputBuffer(capacity: 4_096)
    renderer.begin(rows.columns, to: &buffer)
    for row in rows { renderer.row(row, to: &buffer) }
    renderer.end(ResultOutcome(), to: &buffer)
    let text = buffer.withBytes { String(decoding: $0, as: UTF8.self) }
    return text.split(separator: "\n").map { Self.trimmed($0) }.joined(separator: "\n")
  }

  private static func trimmed(_ line: Substring) -> Substring {
    var line = line
    while line.hasSuffix(" ") { line = line.dropLast() }
    return line
  }

  private var constraints: [String] {
    var lines: [String] = []
    for (title, kind) in [
      ("Primary key", "primary key"), ("Unique", "unique"), ("Foreign keys", "foreign key"), ("Checks", "check"),
      ("Exclusions", "exclusion"),
    ] {
      lines += section(title, description.constraints.filter { $0.kindName == kind }.map(constraint))
    }
    return lines
  }

  private func constraint(_ constraint: ConstraintInfo) -> String {
    var text = constraint.columns.isEmpty ? "" : "(" + constraint.columns.joined(separator: ", ") + ")"
    switch constraint.kind {
    case .primaryKey: break
    case .unique(let nullsNotDistinct): if nullsNotDistinct { text += " nulls not distinct" }
    case .check(let expression): text = expression
    case .exclusion: text = constraint.definition ?? text
    case .foreignKey(let target):
      text += " → \(target.table) (" + target.columns.joined(separator: ", ") + ")"
      if target.match != "SIMPLE" { text += " match " + target.match.lowercased() }
      if target.onUpdate != .noAction { text += " on update " + target.onUpdate.rawValue.lowercased() }
      if target.onDelete != .noAction { text += " on delete " + target.onDelete.rawValue.lowercased() }
    }
    if constraint.isDeferrable { text += constraint.isInitiallyDeferred ? " initially deferred" : " deferrable" }
    if !constraint.isValidated { text += " not valid" }
    let name = constraint.name.map { "  " + style.faint + shown($0) + style.reset }
    return shown(text) + (name ?? "")
  }

  private func index(_ index: IndexInfo) -> String {
    let keys = index.keys.map { key in
      var text = key.column ?? key.expression.map { "(\($0))" } ?? "?"
      if let collation = key.collation { text += " collate \(collation)" }
      if let operatorClass = key.operatorClass { text += " \(operatorClass)" }
      if key.isDescending { text += " desc" }
      if let nullsFirst = key.nullsFirst, nullsFirst != key.isDescending {
        text += nullsFirst ? " nulls first" : " nulls last"
      }
      return text
    }
    var text = index.isPrimary ? "primary " : index.isUnique ? "unique " : ""
    text += "\(index.method) (" + keys.joined(separator: ", ") + ")"
    if !index.includedColumns.isEmpty { text += " include (" + index.includedColumns.joined(separator: ", ") + ")" }
    if let predicate = index.predicate { text += " where " + predicate }
    // A hidden index of documents is in order, and its comment says that it is hidden.
    if !index.isValid, noun != "documents" { text += " INVALID" }
    var remarks = [index.name]
    if noun == "documents" {
      remarks += [index.size.map { "\(ByteCount($0.value))" }, index.comment].compactMap { $0 }
    }
    return shown(text) + "  " + style.faint + shown(remarks.joined(separator: ", ")) + style.reset
  }

  private func section(_ title: String, _ entries: [String]) -> [String] {
    entries.isEmpty ? [] : ["", heading(title)] + entries.map { "  " + $0 }
  }

  private func heading(_ text: String) -> String { style.heading + text + style.reset }

  private func shown(_ text: String) -> String { String(decoding: DisplayText(text).utf8, as: UTF8.self) }
}
