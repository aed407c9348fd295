internal import DBAdapterCore

/// The paths of many documents with what was counted at each: a tree whose nodes are in one array, a parent before what
/// is in it.
struct FieldTree: Sendable {
  enum Step: Sendable, Hashable {
    case root
    case field
    /// The elements of an array, all together.
    case element
    /// The fields of a document that is a map, all together.
    case anyKey
  }

  struct Node: Sendable {
    let parent: Int
    let step: Step
    /// Of a field.
    let name: FieldName?
    /// Where ``FieldTree/clusters`` has it, for a path at which a document may have many values.
    let cluster: Int?

    /// In the order in which they were first seen.
    var fields: [Int] = []
    var element: Int?
    var anyKey: Int?
    /// Parents that have it.
    var present = 0
    /// Times it came again in one parent.
    var repeated = 0
    /// The parent it was last seen in, as a number of ``FieldTree/visits``.
    fileprivate(set) var lastParent = 0
    /// Documents here that have any fields.
    var filled = 0
    var arrayLengths = SizeSummary()
    var textLengths = TextLengths()
    var range = ValueRange()
    var sample = ValueSample()
    /// How many fields there are when it is next looked at whether this is a map.
    var nextReview = FieldTree.mapNames
  }

  private struct Key: Hashable {
    let parent: Int
    let hash: UInt64
  }

  let options: InferenceOptions
  private(set) var nodes: [Node] = []
  /// For every node how many values of each kind it has.
  var counts: [Int] = []
  var clusters = ClusterTallies()
  private var index: [Key: Int] = [:]

  var documents = 0
  /// Values at paths beyond the bounds.
  var unfollowed = 0
  /// Documents and arrays that were walked, which numbers them.
  private var visits = 0
  /// Whether a document may have turned out to be a map.
  var needsReview = false
  /// The number of documents from which a tree that is full is looked at again.
  var nextFullReview = 0

  static let root = 0
  /// Longer names are not followed.
  private static let longestName = 1_024

  init(_ options: InferenceOptions) {
    self.options = options
    nodes = [Node(parent: -1, step: .root, name: nil, cluster: nil)]
    counts = Array(repeating: 0, count: ValueSlot.count)
  }

  var isFull: Bool { nodes.count > options.maximumPaths }

  func count(_ slot: ValueSlot, at node: Int) -> Int { counts[node * ValueSlot.count + slot.index] }

  /// Documents at a node: the parents of its fields.
  func documents(at node: Int) -> Int { count(.document, at: node) }

  mutating func add(_ document: UnsafeRawBufferPointer) {
    documents += 1
    counts[ValueSlot.document.index] += 1
    walk(document, at: Self.root, depth: 0)
    clusters.close()
  }

  private mutating func walk(_ document: UnsafeRawBufferPointer, at parent: Int, depth: Int) {
    visits += 1
    let visit = visits
    var reader = BSONReader(document)
    var position = 0
    var isEmpty = true
    while let element = reader.next() {
      isEmpty = false
      guard let node = field(of: parent, element.name, &position) else {
        unfollowed += 1
        continue
      }
      add(element, at: node, visit, depth)
    }
    if !isEmpty { nodes[parent].filled += 1 }
  }

  private mutating func walk(array: UnsafeRawBufferPointer, at parent: Int, depth: Int) {
    visits += 1
    let visit = visits
    var reader = BSONReader(array)
    var length: Int64 = 0
    while let element = reader.next() {
      length += 1
      guard let node = self.element(of: parent) else {
        unfollowed += 1
        continue
      }
      add(element, at: node, visit, depth)
    }
    nodes[parent].arrayLengths.add(length)
  }

  private mutating func add(_ element: BSONReader.Element, at node: Int, _ visit: Int, _ depth: Int) {
    let slot = ValueSlot(element)
    counts[node * ValueSlot.count + slot.index] += 1
    let cluster = nodes[node].cluster
    if let cluster { clusters.count(slot, at: cluster, in: documents, parent: clusterOfParent(node)) }
    if nodes[node].lastParent != visit {
      nodes[node].lastParent = visit
      nodes[node].present += 1
      if let cluster { clusters.countPresence(at: cluster) }
    } else if nodes[node].step == .field {
      nodes[node].repeated += 1
    }
    if options.keepsRanges { nodes[node].range.add(element) }
    if options.sampleValues > 0 {
      nodes[node].sample.add(element, capacity: options.sampleValues, seed: options.seed)
    }
    switch element.kind {
    // A string is its length, its bytes and a zero byte.
    case .string: nodes[node].textLengths.add(element.value.count - 5)
    case .document where depth < options.maximumDepth: walk(element.value, at: node, depth: depth + 1)
    case .array where depth < options.maximumDepth: walk(array: element.value, at: node, depth: depth + 1)
    case .document, .array: if element.value.count > 5 { unfollowed += 1 }
    default: break
    }
  }

  /// The kind of values of its parent that a node may be present in.
  func parentSlot(_ node: Int) -> ValueSlot { nodes[node].step == .element ? .array : .document }

  private func clusterOfParent(_ node: Int) -> (path: Int, slot: Int)? {
    nodes[nodes[node].parent].cluster.map { ($0, parentSlot(node).index) }
  }
}

extension FieldTree {
  /// The node of a field; `nil` beyond the bound.
  /// - Parameter position: where among the parent's fields it is probably: after the one before it.
  private mutating func field(of parent: Int, _ name: UnsafeRawBufferPointer, _ position: inout Int) -> Int? {
    let start = FieldName.start(of: name)
    var guess = position
    let end = min(position + 4, nodes[parent].fields.count)
    while guess < end {
      let node = nodes[parent].fields[guess]
      guess += 1
      if nodes[node].name?.matches(name, start: start) == true {
        position = guess
        return node
      }
    }
    let key = Key(parent: parent, hash: Self.hash(name))
    if let node = index[key] { return nodes[node].name?.matches(name, start: start) == true ? node : nil }
    return nodes[parent].anyKey ?? appendField(to: parent, FieldName(name), key)
  }

  private mutating func appendField(to parent: Int, _ name: FieldName, _ key: Key) -> Int? {
    guard name.bytes.count <= Self.longestName, let node = append(to: parent, .field, name) else { return nil }
    index[key] = node
    nodes[parent].fields.append(node)
    if nodes[parent].fields.count > nodes[parent].nextReview { needsReview = true }
    return node
  }

  func hasField(_ name: FieldName, of parent: Int) -> Bool {
    index[Key(parent: parent, hash: name.bytes.withUnsafeBytes(Self.hash))] != nil
  }

  /// The node of a field by name, made where there is none; `nil` beyond the bound.
  mutating func field(of parent: Int, _ name: FieldName) -> Int? {
    let key = Key(parent: parent, hash: name.bytes.withUnsafeBytes(Self.hash))
    if let node = index[key] { return nodes[node].name == name ? node : nil }
    return appendField(to: parent, name, key)
  }

  /// The node of an array's elements, made where there is none; `nil` beyond the bound.
  mutating func element(of parent: Int) -> Int? {
    if nodes[parent].element == nil { nodes[parent].element = append(to: parent, .element, nil) }
    return nodes[parent].element
  }

  /// The node of a map's keys, made where there is none; `nil` beyond the bound.
  mutating func anyKey(of parent: Int) -> Int? {
    if nodes[parent].anyKey == nil { nodes[parent].anyKey = append(to: parent, .anyKey, nil) }
    return nodes[parent].anyKey
  }

  private mutating func append(to parent: Int, _ step: Step, _ name: FieldName?) -> Int? {
    if isFull {
      needsReview = needsReview || documents >= nextFullReview
      return nil
    }
    let hasMany = step == .element || step == .anyKey || nodes[parent].cluster != nil
    nodes.append(Node(parent: parent, step: step, name: name, cluster: hasMany ? clusters.append() : nil))
    counts.append(contentsOf: repeatElement(0, count: ValueSlot.count))
    return nodes.count - 1
  }

  mutating func update(_ node: Int, _ body: (inout Node) -> Void) { body(&nodes[node]) }

  /// FNV-1a.
  private static func hash(_ name: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash
  }
}
