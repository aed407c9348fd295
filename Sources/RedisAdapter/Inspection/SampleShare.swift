internal import DBAdapterCore

/// A part of the keyspace that keys were sampled from by themselves: a node of a cluster, or all of a server.
struct SampledNode: Sendable, Hashable {
  /// Keys seen.
  var seen = 0
  /// Keys there are, by the server's count.
  var total = 0
  /// Whether the scan came to its end, so that every key was seen.
  var isComplete = false

  /// How many keys a seen one stands for.
  var weight: Double { isComplete || seen == 0 ? 1 : max(1, Double(total) / Double(seen)) }
  /// The part that was not seen: what makes an estimate uncertain.
  fileprivate var unseenShare: Double { isComplete || total <= seen ? 0 : 1 - Double(seen) / Double(total) }
}

/// What one node adds to a group: how many keys, and the sum and the sum of squares of their sizes.
struct NodeTally: Sendable, Hashable {
  var keys = 0
  var sizes = 0.0
  var squares = 0.0

  static func += (left: inout NodeTally, right: NodeTally) {
    left.keys += right.keys
    left.sizes += right.sizes
    left.squares += right.squares
  }
}

/// Numbers of the whole keyspace from those of a sample, with the bounds of the 95 % interval.
///
/// A node's scan goes through its hash table in an order that has nothing to do with the keys' names, so what it saw is
/// a random sample without replacement.
enum SampleShare {
  /// The number of keys in a group. For one node the interval is Wilson's score interval with the finite-population
  /// correction; those of several nodes are added by their squared distances (MOVER, Zou and Donner 2008).
  static func keys(_ tallies: [NodeTally], of nodes: [SampledNode], source: String) -> Estimate {
    if isExact(nodes) { return Estimate(Int64(tallies.reduce(0) { $0 + $1.keys }), isExact: true, source: source) }
    var sum = 0.0
    var below = 0.0
    var above = 0.0
    var fewest = 0.0
    for (tally, node) in zip(tallies, nodes) {
      let value = Double(tally.keys) * node.weight
      let bounds = wilson(tally.keys, node)
      sum += value
      below += (value - bounds.lowerBound) * (value - bounds.lowerBound)
      above += (bounds.upperBound - value) * (bounds.upperBound - value)
      fewest += Double(tally.keys)
    }
    return estimate(sum, max(fewest, sum - below.squareRoot()), sum + above.squareRoot(), source)
  }

  /// The sum of the sizes of all keys in a group, with the normal interval of the expansion estimator.
  static func total(_ tallies: [NodeTally], of nodes: [SampledNode], source: String) -> Estimate {
    let seen = tallies.reduce(0) { $0 + $1.sizes }
    if isExact(nodes) { return Estimate(Int64(seen.rounded()), isExact: true, source: source) }
    var sum = 0.0
    var variance = 0.0
    for (tally, node) in zip(tallies, nodes) where node.seen > 0 {
      sum += tally.sizes * node.weight
      guard node.seen > 1 else { continue }
      // A key of another group counts as one of size zero.
      let n = Double(node.seen)
      let spread = max(0, tally.squares - tally.sizes * tally.sizes / n) / (n - 1)
      variance += Double(node.total) * Double(node.total) * node.unseenShare * spread / n
    }
    let margin = ScoreInterval.z * variance.squareRoot()
    return estimate(sum, max(seen, sum - margin), sum + margin, source)
  }

  static func isExact(_ nodes: [SampledNode]) -> Bool { nodes.allSatisfy(\.isComplete) }

  /// Bounds of the number of keys of a node that are in the group.
  private static func wilson(_ keys: Int, _ node: SampledNode) -> ClosedRange<Double> {
    let total = Double(node.total)
    let unseen = node.unseenShare
    guard unseen > 0, node.seen > 0, node.total > 1 else {
      // A node that was not read at all may hold any number.
      return Double(keys)...(node.seen == 0 && !node.isComplete ? total : Double(keys))
    }
    let share = Double(keys) / Double(node.seen)
    let bounds = ScoreInterval.of(
      share, count: ScoreInterval.worth(Double(node.seen), sampled: node.seen, of: node.total))
    let most = total - Double(node.seen - keys)
    let low = min(max(Double(keys), bounds.lowerBound * total), most)
    return low...max(low, min(most, bounds.upperBound * total))
  }

  private static func estimate(_ value: Double, _ low: Double, _ high: Double, _ source: String) -> Estimate {
    let middle = whole(value.rounded())
    return Estimate(
      middle, isExact: false, source: source,
      interval: min(middle, whole(low.rounded(.down)))...max(middle, whole(high.rounded(.up))))
  }

  private static func whole(_ value: Double) -> Int64 { Int64(min(max(0, value), 9e18)) }
}
