internal import DBAdapterCore

/// What was asked about one key; `nil` is what the server did not tell.
struct KeyFacts: Sendable {
  let name: [UInt8]
  /// As `TYPE` says; `unknown` where it may not be asked.
  var type = KeyFacts.unknownType
  /// -1 for a key that does not expire.
  var milliseconds: Int64?
  var encoding: String?
  var memory: Int64?
  /// Bytes of a string, elements of anything else.
  var elements: Int64?

  static let unknownType = "unknown"

  init(name: [UInt8]) { self.name = name }
}

/// The sum of what is known of the keys of one pattern and type.
struct GroupFacts: Sendable {
  /// By node.
  private(set) var tallies: [NodeTally] = []
  private(set) var keys = 0
  private(set) var encodings: [String: Int] = [:]
  private(set) var expiry = ExpiryHistogram()
  private(set) var memory = SizeSummary()
  /// Keys whose memory the server told.
  private(set) var measured = 0
  private(set) var elements = SizeSummary()
  private(set) var largest = LargestKeys()
  /// Keys whose values may be looked at.
  private(set) var sample: KeySample

  /// - Parameter sampleSize: of how many keys values will be read.
  init(sampleSize: Int) { sample = KeySample(capacity: sampleSize) }

  /// - Parameter usesMemory: whether memory was asked for, so that it is computed where it was refused.
  mutating func add(_ key: KeyFacts, node: Int, usesMemory: Bool) {
    keys += 1
    while tallies.count <= node { tallies.append(NodeTally()) }
    tallies[node].keys += 1
    if let encoding = key.encoding { encodings[encoding, default: 0] += 1 }
    if let milliseconds = key.milliseconds { expiry.add(milliseconds: milliseconds) }
    if let count = key.elements { elements.add(count) }
    var size: Int64?
    if usesMemory {
      if key.memory != nil { measured += 1 }
      let bytes =
        key.memory
        ?? MemoryModel.bytes(
          type: key.type, encoding: key.encoding, elements: key.elements ?? 0, keyLength: key.name.count)
      memory.add(bytes)
      tallies[node].sizes += Double(bytes)
      tallies[node].squares += Double(bytes) * Double(bytes)
      largest.add(key.name, bytes: bytes, elements: key.elements)
      size = bytes
    }
    sample.add(
      KeySample.Key(name: key.name, hash: KeyHash(key.name), node: node, elements: key.elements, bytes: size))
  }

  mutating func merge(_ other: GroupFacts) {
    keys += other.keys
    while tallies.count < other.tallies.count { tallies.append(NodeTally()) }
    for (index, tally) in other.tallies.enumerated() { tallies[index] += tally }
    encodings.merge(other.encodings) { $0 + $1 }
    expiry.merge(other.expiry)
    memory.merge(other.memory)
    measured += other.measured
    elements.merge(other.elements)
    largest.merge(other.largest)
    sample.merge(other.sample)
  }

  /// One tally for each of the nodes.
  func tallies(for nodes: [SampledNode]) -> [NodeTally] {
    tallies + [NodeTally](repeating: NodeTally(), count: max(0, nodes.count - tallies.count))
  }
}

/// The keys of one pattern, by type.
struct TypedFacts: PatternFacts, Sendable {
  var types: [String: GroupFacts] = [:]

  init() {}

  mutating func add(_ key: KeyFacts, node: Int, usesMemory: Bool, sampleSize: Int) {
    types[key.type, default: GroupFacts(sampleSize: sampleSize)].add(key, node: node, usesMemory: usesMemory)
  }

  mutating func merge(_ other: TypedFacts) { types.merge(other.types) { $0.merged(with: $1) } }
}

extension GroupFacts {
  fileprivate func merged(with other: GroupFacts) -> GroupFacts {
    var sum = self
    sum.merge(other)
    return sum
  }
}
