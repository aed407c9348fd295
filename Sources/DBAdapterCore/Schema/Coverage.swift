/// What part of the data an inspection saw, where it had to look at the data itself.
public struct Coverage: Sendable, Hashable {
  /// Why an inspection ended before it had seen everything.
  public enum Limit: String, Sendable, Hashable {
    /// The budget's items were examined.
    case items
    /// The budget's time, or the call's, was over.
    case duration
    /// A part could not be read: a node that did not answer.
    case unreachable
  }

  /// Items examined: keys, documents.
  public var seen: Int
  /// How many there are, by the engine's own count; `nil` when it has none.
  public var total: Estimate?
  /// Whether every item that was there from the beginning to the end was examined.
  public var isComplete: Bool
  /// How they were found: `SCAN COUNT 1000`, `$sample`.
  public var method: String
  /// `nil` when nothing ended it early.
  public var stoppedBy: Limit?
  /// What could not be read or is not as exact as elsewhere, a sentence each: `MEMORY USAGE is denied to this user`.
  public var notes: [String]

  public init(
    seen: Int, total: Estimate? = nil, isComplete: Bool, method: String, stoppedBy: Limit? = nil, notes: [String] = []
  ) {
    self.seen = seen
    self.total = total
    self.isComplete = isComplete
    self.method = method
    self.stoppedBy = stoppedBy
    self.notes = notes
  }

  /// The part that was seen, from 0 to 1; `nil` when the total is not known.
  public var share: Double? {
    if isComplete { return 1 }
    guard let total = total?.value, total > 0 else { return nil }
    return min(1, Double(seen) / Double(total))
  }

  /// In one line: `10,000 of about 1,204,511 keys (0.83 %) by SCAN COUNT 1000, until the item budget was used up`.
  /// - Parameter noun: what the items are, in the plural.
  public func summary(of noun: String) -> String {
    var text = "\(seen)"
    if let total, !isComplete { text += (total.isExact ? " of " : " of about ") + "\(total.value)" }
    text += " \(noun)"
    if !isComplete, let share { text += " (\(Self.percent(share)))" }
    text += " by \(method)"
    switch stoppedBy {
    case .items: text += ", until the budget of items was used up"
    case .duration: text += ", until the time was over"
    case .unreachable: text += "; a part could not be read"
    case nil: break
    }
    return text
  }

  /// `0.83 %`, `12 %`: three digits at most, never 0 or 100 for what is not.
  package static func percent(_ share: Double) -> String {
    let percent = share * 100
    if percent <= 0 { return "0 %" }
    if percent >= 100 { return "100 %" }
    if percent < 0.01 { return "< 0.01 %" }
    if percent > 99.9 { return "> 99.9 %" }
    let scale: Double = percent < 1 ? 100 : percent < 99 ? 10 : 100
    return DBValue.text(of: (percent * scale).rounded() / scale) + " %"
  }
}

/// How much an inspection may look at, for engines whose schema is in the data. Engines with a catalogue ignore it.
///
/// Whatever is used up first ends the inspection; the result's ``Coverage`` says which.
public struct SamplingBudget: Sendable, Hashable {
  /// The most items (keys, documents) examined. Default: 10,000.
  public var items: Int
  /// How long looking may take. Default: 2 seconds. A shorter `timeout` of the options ends it as well, a little before it
  /// would be an error.
  public var duration: Duration
  /// The most commands a second sent to the server. Default: no limit.
  public var operationsPerSecond: Int?
  /// Whether everything is examined: `items` and `duration` do not count then, `operationsPerSecond` and a `timeout` do.
  /// Default: `false`.
  public var isFull: Bool

  public init(
    items: Int = 10_000, duration: Duration = .seconds(2), operationsPerSecond: Int? = nil, isFull: Bool = false
  ) {
    self.items = items
    self.duration = duration
    self.operationsPerSecond = operationsPerSecond
    self.isFull = isFull
  }

  /// Everything, however long it takes.
  public static let full = SamplingBudget(isFull: true)
}
