internal import DBAdapterCore

/// What is known of the keys of a pattern; of two patterns that turn out to be one it becomes the sum.
protocol PatternFacts {
  init()
  mutating func merge(_ other: Self)
}

/// Mines patterns from keys: a tree of segments in bounded memory, whatever the keys are.
///
/// Identifiers are placeholders from the start. Text becomes a placeholder where there is too much of it: when a place
/// has more than ``Limits-swift.struct/texts`` different texts, or more than 30 % of 100 or more keys differ there, the
/// texts are folded, see ``PatternNode``. Folding while keys still come in uses the same rules with a larger limit, so
/// that the result hardly depends on the order of the keys.
struct PatternTree<Facts: PatternFacts> {
  struct Limits {
    /// Different texts in one place that are shown one by one.
    var texts = 50
    /// The same at the beginning of a key, for texts that more follows.
    var prefixes = 200
    /// Different texts in one place that are kept while keys come in.
    var keptTexts = 1_000
    /// Places in the whole tree. When there are more, those that come later are ``Placeholder/rest``.
    var nodes = 50_000
  }

  private let root = PatternNode<Facts>(label: "", folded: nil, isFixed: true)
  private let limits: Limits
  private var nodes = 1
  /// Settling did not help: no more new places.
  private var isFull = false

  init(_ limits: Limits = Limits()) { self.limits = limits }

  /// How many places it has.
  var size: Int { nodes }

  /// Adds what is known of a key.
  mutating func add(_ segments: [KeySegment], _ update: (inout Facts) -> Void) {
    // Not while walking down: what is settled may be another place afterwards.
    if nodes >= limits.nodes { makeRoom() }
    var node = root
    root.keys += 1
    for (depth, segment) in segments.enumerated() {
      if let child = node.child(for: segment) {
        node = child
      } else if nodes >= limits.nodes {
        node = node.restChild(&nodes)
        node.keys += 1
        break
      } else {
        node = node.addChild(segment, limits, isRoot: depth == 0, &nodes)
      }
      node.keys += 1
      node.saw(length: segment.length)
    }
    node.withFacts(update)
  }

  /// The patterns with what is known of their keys, by the pattern's text.
  mutating func patterns() -> [(pattern: String, facts: Facts)] {
    root.settle(limits, isRoot: true)
    var patterns: [String: Facts] = [:]
    root.collect("", into: &patterns)
    nodes = root.count
    return patterns.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private mutating func makeRoom() {
    if isFull { return }
    root.settle(limits, isRoot: true)
    nodes = root.count
    isFull = nodes > limits.nodes / 2
  }
}
