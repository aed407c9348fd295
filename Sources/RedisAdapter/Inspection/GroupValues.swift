internal import DBAdapterCore

/// What the sampled values of a group are.
struct GroupValues {
  /// Keys that were sampled.
  private(set) var rows = 0
  /// Of hashes: those of which every field was read.
  private var wholeRows = RowSet()
  /// A string, or the elements of a collection.
  private(set) var value = ValueShape()
  /// Fields of hashes and of stream entries; names that differ from key to key are patterns.
  private var fields = PatternTree<ValueShape>(
    PatternTree.Limits(texts: 200, prefixes: 200, keptTexts: 1_000, nodes: 5_000))
  private(set) var streams = StreamFacts()
  /// Commands that may not be used.
  var refused: Set<String> = []

  /// Begins with another key.
  mutating func addRow() -> Int {
    defer { rows += 1 }
    return rows
  }

  mutating func add(_ reply: RedisReply, to question: ValueReader.Question, of key: KeySample.Key, row: Int) {
    switch question {
    case .string(let length, let isWhole):
      guard let bytes = reply.bytes else { return }
      // A string that grew meanwhile, or whose length is not known.
      value.add(bytes, row: row, isWhole: isWhole && bytes.count < length)
    case .fields:
      add(fields: reply, row)
      wholeRows.insert(row)
    case .someFields:
      if let page = Self.page(reply) { add(fields: page, row) }
    case .elements: for element in reply.elements { add(element, row) }
    case .members: for member in Self.page(reply)?.elements ?? reply.elements { add(member, row) }
    case .scores: for (member, _) in reply.pairs { add(member, row) }
    case .document: add(reply, row)
    case .stream: streams.add(stream: reply, key: key)
    case .groups: for group in reply.elements { streams.add(group: group) }
    case .entries:
      var isFirst = true
      for entry in reply.elements {
        var parts = entry.elements
        _ = parts.next()
        guard let pairs = parts.next() else { continue }
        add(fields: pairs, row)
        if isFirst { wholeRows.insert(row) }
        isFirst = false
      }
    }
  }

  private static func page(_ reply: RedisReply) -> RedisReply? {
    var parts = reply.elements
    _ = parts.next()
    return parts.next()
  }

  private mutating func add(_ element: RedisReply, _ row: Int) {
    if let bytes = element.bytes { value.add(bytes, row: row) }
  }

  private mutating func add(fields reply: RedisReply, _ row: Int) {
    for (name, field) in reply.pairs {
      guard let name = name.bytes, let bytes = field.bytes else { continue }
      fields.add(KeySegments.of(name)) { $0.add(bytes, row: row) }
    }
  }

  /// A field, or the pattern of many.
  struct Field {
    var name: String
    var shape: ValueShape
    /// The part of the keys that have it, from 0 to 1; `nil` when no key was read as a whole.
    var presence: Double?
  }

  /// Those that most keys have first.
  mutating func allFields() -> [Field] {
    let whole = wholeRows.count
    return fields.patterns().map { pattern, shape in
      Field(
        name: pattern, shape: shape,
        presence: whole > 0 ? Double(shape.rows.intersectionCount(wholeRows)) / Double(whole) : nil)
    }
    .sorted { ($1.shape.rows.count, $0.name) < ($0.shape.rows.count, $1.name) }
  }
}
