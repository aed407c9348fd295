internal import DBAdapterCore

/// Which nodes of a cluster serve which slots, as one of them told.
struct ClusterTopology: Sendable, Hashable {
  /// A primary and the replicas that follow it.
  struct Shard: Sendable, Hashable {
    var primary: Endpoint
    var replicas: [Endpoint]
  }

  private static let nobody = UInt16.max

  /// By the smallest of their slots.
  private(set) var shards: [Shard] = []
  /// The shard of each slot; empty before anything is known.
  private var owners: [UInt16] = []

  init() {}

  /// Reads the reply of `CLUSTER SLOTS`.
  /// - Parameter asked: the node that replied; it leaves its own host out when it does not know it.
  /// - Throws: ``DBError/Code-swift.struct/protocolViolation`` for a reply of another shape.
  init(_ reply: RedisReply, asked: Endpoint) throws(DBError) {
    guard reply.kind == .array else { throw Self.violation }
    owners = [UInt16](repeating: Self.nobody, count: HashSlot.count)
    var indexes: [Endpoint: Int] = [:]
    for range in reply.elements.sorted(by: { Self.start(of: $0) < Self.start(of: $1) }) {
      let fields = Array(range.elements)
      guard fields.count >= 3, let first = fields[0].integer, let last = fields[1].integer, first >= 0, last >= first,
        last < HashSlot.count, let primary = Self.endpoint(fields[2], asked: asked)
      else { throw Self.violation }
      let replicas = fields[3...].compactMap { Self.endpoint($0, asked: asked) }
      let index = indexes[primary] ?? shards.count
      if index == shards.count {
        indexes[primary] = index
        shards.append(Shard(primary: primary, replicas: replicas))
      }
      for slot in Int(first)...Int(last) { owners[slot] = UInt16(index) }
    }
  }

  /// Whether nothing is known yet.
  var isEmpty: Bool { shards.isEmpty }
  var servesEverySlot: Bool { !isEmpty && !owners.contains(Self.nobody) }

  /// The shard that serves a slot, by its index.
  func shard(of slot: Int) -> Int? {
    guard owners.indices.contains(slot), owners[slot] != Self.nobody else { return nil }
    return Int(owners[slot])
  }

  /// A slot that stands for a shard: its smallest. The shard is found by it even when another of its nodes has become the primary.
  func firstSlot(ofShard index: Int) -> Int? { owners.firstIndex(of: UInt16(index)) }

  /// The first slots of all shards that serve any, ascending.
  var firstSlots: [Int] {
    var seen = Set<UInt16>()
    return owners.indices.filter { owners[$0] != Self.nobody && seen.insert(owners[$0]).inserted }
  }

  /// All nodes.
  var endpoints: Set<Endpoint> {
    var endpoints = Set(shards.map(\.primary))
    for shard in shards { endpoints.formUnion(shard.replicas) }
    return endpoints
  }

  /// Takes in that a slot is at a node, as it says in a MOVED. When that was a replica of the slot's shard, the shard has failed over, and all of
  /// its slots moved.
  mutating func move(slot: Int, to endpoint: Endpoint) {
    guard (0..<HashSlot.count).contains(slot) else { return }
    if owners.isEmpty { owners = [UInt16](repeating: Self.nobody, count: HashSlot.count) }
    if let index = shards.firstIndex(where: { $0.primary == endpoint }) {
      owners[slot] = UInt16(index)
    } else if let index = shard(of: slot), let place = shards[index].replicas.firstIndex(of: endpoint) {
      shards[index].replicas[place] = shards[index].primary
      shards[index].primary = endpoint
    } else {
      shards.append(Shard(primary: endpoint, replicas: []))
      owners[slot] = UInt16(shards.count - 1)
    }
  }

  private static func start(of range: RedisReply) -> Int64 { range.elements.first { _ in true }?.integer ?? -1 }

  /// A node: the endpoint it prefers, its port, and more. An empty or missing endpoint is the host that was asked; `?` is a node without the
  /// name it should have, which has an address among the rest.
  private static func endpoint(_ node: RedisReply, asked: Endpoint) -> Endpoint? {
    let fields = Array(node.elements)
    guard fields.count >= 2, let number = fields[1].integer, let port = UInt16(exactly: number) else { return nil }
    var host = fields[0].text ?? ""
    if host == "?" { host = fields.count > 3 ? fields[3]["ip"]?.text ?? "" : "" }
    return Endpoint(host: host.isEmpty ? asked.host : host, port: port)
  }

  private static var violation: DBError {
    DBError(.protocolViolation, "the reply to CLUSTER SLOTS is no list of slots and nodes")
  }
}
