public import DBAdapterCore

/// A plan as a tree for people.
public struct PlanText: Sendable {
  private let plan: QueryPlan
  private let style: TerminalStyle

  /// The text of one plan.
  public init(_ plan: QueryPlan, _ options: RenderingOptions = RenderingOptions()) {
    self.plan = plan
    style = TerminalStyle(isColored: options.isColored)
  }

  /// The lines, ending in a line break.
  public var text: String {
    var lines: [String] = []
    for root in plan.roots { append(root, first: "", rest: "", to: &lines) }
    if plan.roots.isEmpty { lines = shownLines(plan.native.description) }
    if !plan.notes.isEmpty { lines += [""] + plan.notes.map { shown($0) } }
    return lines.joined(separator: "\n") + "\n"
  }

  private func append(_ node: PlanNode, first: String, rest: String, to lines: inout [String]) {
    var line = first + style.heading + shown(node.operation) + style.reset
    if let target = node.target { line += " " + shown(target) }
    let facts = facts(of: node)
    if !facts.isEmpty { line += "  " + style.faint + "(" + facts.joined(separator: ", ") + ")" + style.reset }
    lines.append(line)
    let bar = node.children.isEmpty ? "  " : "│ "
    for field in telling(node) { lines.append(rest + bar + shown("\(field.name): \(field.value)")) }
    for (index, child) in node.children.enumerated() {
      let isLast = index == node.children.count - 1
      append(child, first: rest + (isLast ? "└─ " : "├─ "), rest: rest + (isLast ? "   " : "│  "), to: &lines)
    }
  }

  /// The details worth a line: conditions, keys, methods and counts that are not zero. The JSON document has all of them.
  private func telling(_ node: PlanNode) -> [DBDocument.Field] {
    let texts = node.details.fields.map(\.value.description)
    return node.details.fields.filter { field in
      switch field.value {
      case .null, .bool(false), .int(0): false
      case .decimal(let value):
        value.description.contains { $0 != "0" && $0 != "." } && !Self.housekeeping.contains(field.name)
      case .text(let text):
        !Self.housekeeping.contains(field.name) && text != node.target
          && !texts.contains { $0.count > text.count && $0.contains(text) }
      default: !Self.housekeeping.contains(field.name)
      }
    }
  }

  /// What PostgreSQL says of every step and the line of the step says already, or says nothing to a person.
  private static let housekeeping: Set<String> = [
    "Startup Cost", "Plan Width", "Parent Relationship", "Actual Startup Time", "Actual Loops", "Sort Space Type",
    "Alias", "Scan Direction", "Parallel Aware", "Async Capable",
  ]

  private func facts(of node: PlanNode) -> [String] {
    var facts: [String] = []
    if let cost = node.estimatedCost { facts.append("cost \(DBValue.text(of: cost))") }
    if let rows = node.estimatedRows { facts.append("about \(DBValue.text(of: rows)) rows") }
    if let rows = node.actualRows { facts.append("really \(DBValue.text(of: rows))") }
    if let time = node.actualMilliseconds { facts.append("\(DBValue.text(of: time)) ms") }
    return facts
  }

  private func shownLines(_ text: String) -> [String] { text.split(separator: "\n").map { shown(String($0)) } }

  private func shown(_ text: String) -> String { String(decoding: DisplayText(text).utf8, as: UTF8.self) }
}
