internal import DBAdapterCore

extension InferredSchema {
  init(_ tree: FieldTree, malformed: Int, of population: InferencePopulation) {
    let reading = TreeReading(tree: tree, population: population)
    self.init(
      documents: tree.documents, malformed: malformed, population: population, unfollowed: tree.unfollowed,
      fields: reading.children(of: FieldTree.root, ""))
  }
}

/// Makes fields of the nodes of a tree.
private struct TreeReading {
  let tree: FieldTree
  let population: InferencePopulation

  func children(of node: Int, _ path: String) -> [InferredField] {
    let node = tree.nodes[node]
    var fields = node.fields.map { field($0, below: path) }
    if node.parent < 0, let id = fields.firstIndex(where: { $0.path == "_id" }) {
      fields.insert(fields.remove(at: id), at: 0)
    }
    return fields + [node.anyKey, node.element].compactMap { $0 }.map { field($0, below: path) }
  }

  private func field(_ index: Int, below path: String) -> InferredField {
    let node = tree.nodes[index]
    let step: InferredField.Step =
      switch node.step {
      case .element: .element
      case .anyKey: .anyKey
      case .field, .root: .field(node.name?.text ?? "")
      }
    let path = InferredField.path(path, step)
    let parents = tree.count(tree.parentSlot(index), at: node.parent)
    return InferredField(
      path: path, step: step, parents: parents, present: node.present, presence: presence(index, of: parents),
      types: types(index), repeated: node.repeated,
      arrayLengths: node.arrayLengths.measurement(unit: "elements", source: "the documents"),
      textLengths: node.textLengths.count > 0 ? node.textLengths : nil, numbers: node.range.numbers,
      dates: node.range.dates,
      examples: node.sample.values.map { InferredField.Example(kind: $0.kind, bytes: $0.bytes) },
      children: children(of: index, path))
  }

  private func presence(_ index: Int, of parents: Int) -> InferredShare {
    let node = tree.nodes[index]
    var spread: InferredShare.Spread?
    if let cluster = node.cluster, let parent = tree.nodes[node.parent].cluster {
      spread = InferredShare.Spread(
        part: tree.clusters.slot(ClusterTallies.presence, of: cluster),
        whole: tree.clusters.slot(tree.parentSlot(index).index, of: parent))
    }
    return InferredShare(node.present, of: parents, spread, sampled: tree.documents, population: population)
  }

  private func types(_ index: Int) -> [InferredType] {
    let values = ValueSlot.all.reduce(0) { $0 + tree.count($1, at: index) }
    let cluster = tree.nodes[index].cluster
    return ValueSlot.all.compactMap { slot in
      let count = tree.count(slot, at: index)
      guard count > 0 else { return nil }
      let spread = cluster.map {
        InferredShare.Spread(
          part: tree.clusters.slot(slot.index, of: $0), whole: tree.clusters.total(of: $0))
      }
      return InferredType(
        slot.kind, isUUID: slot == .uuid, count: count,
        share: InferredShare(count, of: values, spread, sampled: tree.documents, population: population))
    }
    .sorted { ($1.count, $0.kind.rawValue) < ($0.count, $1.kind.rawValue) }
  }
}
