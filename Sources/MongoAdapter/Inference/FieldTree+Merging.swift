internal import DBAdapterCore

extension FieldTree {
  /// Adds what another tree has counted.
  /// - Parameter fields: of the other tree, those that become keys of a map.
  mutating func absorb(_ other: FieldTree, folding fields: Set<Int> = []) {
    documents += other.documents
    unfollowed += other.unfollowed
    nextFullReview = max(nextFullReview, other.nextFullReview)
    absorb(other, Self.root, into: Self.root, folding: fields)
  }

  private mutating func absorb(_ other: FieldTree, _ source: Int, into target: Int?, folding folded: Set<Int>) {
    guard let target else {
      unfollowed += (0..<ValueSlot.count).reduce(0) { $0 + other.counts[source * ValueSlot.count + $1] }
      return
    }
    absorbCounts(other, source, into: target)
    for field in other.nodes[source].fields {
      guard let name = other.nodes[field].name else { continue }
      let isKey =
        folded.contains(field) || nodes[target].anyKey != nil && !hasField(name, of: target) && other.isRare(field)
      absorb(other, field, into: isKey ? anyKey(of: target) : self.field(of: target, name), folding: folded)
    }
    if let anyKey = other.nodes[source].anyKey {
      absorb(other, anyKey, into: self.anyKey(of: target), folding: folded)
    }
    if let element = other.nodes[source].element {
      absorb(other, element, into: self.element(of: target), folding: folded)
    }
    if let anyKey = nodes[target].anyKey {
      // Which documents had one of the names that are now one is not known; without other names all had that are not empty.
      let filled = nodes[target].filled
      let hasOthers = !nodes[target].fields.isEmpty
      update(anyKey) { $0.present = hasOthers ? min(filled, $0.present) : filled }
    }
  }

  private mutating func absorbCounts(_ other: FieldTree, _ source: Int, into target: Int) {
    for slot in 0..<ValueSlot.count {
      counts[target * ValueSlot.count + slot] += other.counts[source * ValueSlot.count + slot]
    }
    let node = other.nodes[source]
    let capacity = options.sampleValues
    update(target) {
      $0.present += node.present
      $0.repeated += node.repeated
      $0.filled += node.filled
      $0.arrayLengths.merge(node.arrayLengths)
      $0.textLengths.merge(node.textLengths)
      $0.range.merge(node.range)
      $0.sample.merge(node.sample, capacity: capacity)
      $0.nextReview = max($0.nextReview, node.nextReview)
    }
    guard let cluster = nodes[target].cluster else { return }
    if let other = node.cluster.map({ (other.clusters, $0) }) {
      clusters.merge(other.0, other.1, into: cluster)
    } else {
      for slot in 0..<ValueSlot.count {
        clusters.merge(single: other.counts[source * ValueSlot.count + slot], slot, into: cluster)
      }
      clusters.merge(single: node.present, ClusterTallies.presence, into: cluster)
    }
  }
}
