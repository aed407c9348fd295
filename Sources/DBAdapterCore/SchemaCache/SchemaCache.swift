/// Answers of inspections, bounded in number and weight: a pure state that is told the time.
///
/// An entry is fresh up to its time to live, then expired; an expired one is kept to stand in for a server that cannot
/// be reached, up to the maximum staleness. When there are too many, those that are of no use any more go first, then
/// the least recently used.
struct SchemaCache<Pool: Hashable & Sendable>: Sendable {
  struct Key: Hashable, Sendable {
    let pool: Pool
    /// Without a time limit, see ``SchemaQuestion/timeless``.
    let question: SchemaQuestion

    init(_ pool: Pool, _ question: SchemaQuestion) {
      self.pool = pool
      self.question = question.timeless
    }
  }

  struct Answer: Sendable {
    let value: any SchemaWeighted
    /// When the server was asked: what it answered may be this old.
    let asked: Deadline
    let readAt: DBTimestamp
  }

  private struct Entry: Sendable {
    let answer: Answer
    let weight: Int
    var lastUse: UInt64
  }

  private let configuration: SchemaCacheConfiguration
  private var entries: [Key: Entry] = [:]
  private var uses: UInt64 = 0
  /// The sum of the entries' weights.
  private(set) var weight = 0

  init(_ configuration: SchemaCacheConfiguration) { self.configuration = configuration }

  var count: Int { entries.count }

  /// An answer younger than its time to live.
  mutating func fresh(_ key: Key, at now: Deadline) -> Answer? { find(key, now, upTo: configuration.timeToLive) }

  /// An answer that may stand in for the server, fresh or expired.
  mutating func lastKnown(_ key: Key, at now: Deadline) -> Answer? { find(key, now, upTo: retention) }

  func isStale(_ answer: Answer, at now: Deadline) -> Bool { !answer.isYounger(than: configuration.timeToLive, now) }

  /// Keeps an answer, unless a later one is known or it is too large; makes room for it.
  mutating func insert(_ answer: Answer, for key: Key, at now: Deadline) {
    if let known = entries[key], answer.asked < known.answer.asked { return }
    remove(key)
    let weight = max(1, answer.value.schemaWeight)
    guard weight <= configuration.maximumWeight, configuration.maximumEntries > 0,
      answer.isYounger(than: retention, now)
    else { return }
    makeRoom(for: weight, at: now)
    uses += 1
    entries[key] = Entry(answer: answer, weight: weight, lastUse: uses)
    self.weight += weight
  }

  mutating func removeAll() {
    entries = [:]
    weight = 0
  }

  mutating func removeAll(where isMeant: (Key) -> Bool) {
    for key in entries.keys where isMeant(key) { remove(key) }
  }

  /// How long an entry is of any use.
  private var retention: Duration { max(configuration.timeToLive, configuration.maximumStaleness ?? .zero) }

  private mutating func find(_ key: Key, _ now: Deadline, upTo age: Duration) -> Answer? {
    guard let answer = entries[key]?.answer else { return nil }
    guard answer.isYounger(than: retention, now) else {
      remove(key)
      return nil
    }
    guard answer.isYounger(than: age, now) else { return nil }
    uses += 1
    entries[key]?.lastUse = uses
    return answer
  }

  private mutating func remove(_ key: Key) {
    if let removed = entries.removeValue(forKey: key) { weight -= removed.weight }
  }

  /// Looks at all entries, which is nothing beside the round trip that every insertion follows. One gone is enough for most; a large answer
  /// takes the room of many.
  private mutating func makeRoom(for added: Int, at now: Deadline) {
    func fits(_ count: Int, _ weight: Int) -> Bool {
      count < configuration.maximumEntries && weight <= configuration.maximumWeight - added
    }
    if fits(count, weight) { return }
    let retention = retention
    for (key, entry) in entries where !entry.answer.isYounger(than: retention, now) { remove(key) }
    while !fits(count, weight), let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
      remove(oldest.key)
    }
  }
}

extension SchemaCache.Answer {
  fileprivate func isYounger(than age: Duration, _ now: Deadline) -> Bool { asked.elapsed(to: now) < age }
}
