internal import DBAdapterCore

/// What a node of a cluster says when it did nothing with a command, and somebody else or it itself may do it later.
enum ClusterRedirection: Sendable, Hashable {
  /// The slot is at another node for good.
  case moved(slot: Int, Endpoint)
  /// The slot is on its way to another node, which may be asked for this one command.
  case ask(slot: Int, Endpoint)
  /// `TRYAGAIN`, `CLUSTERDOWN`, `LOADING`, `MASTERDOWN`: not now.
  case later
  /// The node is a replica and was taken for a primary.
  case demoted

  /// `nil` for a reply that is none of these.
  /// - Parameter asked: the node that replied; it leaves the host out when it is its own.
  init?(_ reply: RedisReply, asked: Endpoint) {
    guard reply.kind == .error, let text = reply.text else { return nil }
    self.init(text, asked: asked)
  }

  init?(_ text: String, asked: Endpoint) {
    let words = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: true)
    switch words.first {
    case "MOVED", "ASK":
      guard words.count > 2, let slot = Int(words[1]), (0..<HashSlot.count).contains(slot),
        let endpoint = Self.endpoint(words[2], asked: asked)
      else { return nil }
      self = words[0] == "MOVED" ? .moved(slot: slot, endpoint) : .ask(slot: slot, endpoint)
    case "TRYAGAIN", "CLUSTERDOWN", "LOADING", "MASTERDOWN": self = .later
    case "READONLY": self = .demoted
    default: return nil
    }
  }

  /// `host:port`, where the host may be empty, a name, or an IPv6 address without brackets.
  private static func endpoint(_ text: Substring, asked: Endpoint) -> Endpoint? {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    return Endpoint(host: host.isEmpty || host == "?" ? asked.host : String(host), port: port)
  }
}
