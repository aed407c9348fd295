/// Some of the sampled rows, by their number in the sample.
struct RowSet: Sendable, Hashable {
  private var words: [UInt64] = []

  var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  mutating func insert(_ row: Int) {
    while words.count <= row / 64 { words.append(0) }
    words[row / 64] |= 1 << UInt64(row % 64)
  }

  mutating func formUnion(_ other: RowSet) {
    while words.count < other.words.count { words.append(0) }
    for index in other.words.indices { words[index] |= other.words[index] }
  }
}

extension RowSet {
  /// How many rows are in both.
  func intersectionCount(_ other: RowSet) -> Int {
    zip(words, other.words).reduce(0) { $0 + ($1.0 & $1.1).nonzeroBitCount }
  }
}
