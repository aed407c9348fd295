internal import DBAdapterCore

/// One proxied connection: two sockets and what is on its way between them.
struct FaultProxyLink {
  struct Flow {
    let direction: FaultProxy.Direction
    let source: Int32
    let destination: Int32
    var pending: ArraySlice<UInt8> = []
    /// When what is pending may be passed on.
    var releaseAt: Deadline?
    /// Bytes passed on since the fault was set.
    var passed = 0
    /// The source sent its end.
    var isEnding = false
    /// The end was passed on, or the way is stalled for good.
    var isOver = false
  }

  let client: Int32
  let server: Int32
  var flows: [Flow]

  init(client: Int32, server: Int32) {
    self.client = client
    self.server = server
    flows = [
      Flow(direction: .fromClient, source: client, destination: server),
      Flow(direction: .fromServer, source: server, destination: client),
    ]
  }

  /// Why a link ends.
  enum Verdict { case goOn, end(FaultProxy.Ending) }

  /// Takes what the source has.
  mutating func take(_ index: Int, _ fault: FaultProxy.Fault) -> Verdict {
    // A cut before the next byte has to see that there is one, and ends the link without passing it on.
    if case .cut(let direction, let limit, let ending) = fault, direction == flows[index].direction,
      flows[index].passed >= limit
    {
      return .end(ending)
    }
    guard let bytes = FaultProxySocket.read(flows[index].source, upTo: 65_536) else {
      flows[index].isEnding = true
      return passOn(index, fault).verdict
    }
    flows[index].pending += bytes
    if case .delay(let duration) = fault { flows[index].releaseAt = Deadline(after: duration) }
    return .goOn
  }

  /// Gives the destination what may go.
  /// - Returns: how many bytes went, and whether the link goes on.
  mutating func passOn(_ index: Int, _ fault: FaultProxy.Fault) -> (count: Int, verdict: Verdict) {
    let allowance = allowance(index, fault)
    let piece = flows[index].pending.prefix(allowance)
    var count = 0
    if !piece.isEmpty {
      guard let sent = FaultProxySocket.write(flows[index].destination, piece) else { return (0, .end(.close)) }
      flows[index].pending = flows[index].pending.dropFirst(sent)
      flows[index].passed += sent
      count = sent
    }
    return (count, verdict(index, fault))
  }

  private func allowance(_ index: Int, _ fault: FaultProxy.Fault) -> Int {
    let flow = flows[index]
    switch fault {
    case .blackHole: return 0
    case .throttle: return 1
    case .cut(flow.direction, let limit, _), .halfClose(flow.direction, let limit), .stall(flow.direction, let limit):
      return max(0, limit - flow.passed)
    default: return .max
    }
  }

  private mutating func verdict(_ index: Int, _ fault: FaultProxy.Fault) -> Verdict {
    let flow = flows[index]
    switch fault {
    case .cut(flow.direction, let limit, let ending) where flow.passed >= limit && !flow.pending.isEmpty:
      return .end(ending)
    case .halfClose(flow.direction, let limit) where flow.passed >= limit && !flow.isOver:
      FaultProxySocket.endSending(flow.destination)
      flows[index].isOver = true
      flows[index].pending = []
    default: break
    }
    if flows[index].isEnding, flows[index].pending.isEmpty, !flows[index].isOver {
      FaultProxySocket.endSending(flow.destination)
      flows[index].isOver = true
    }
    return flows.allSatisfy(\.isOver) ? .end(.close) : .goOn
  }

  /// Whether more may be read: one piece at a time, and none of a way that is closed or silent.
  func wantsToRead(_ index: Int, _ fault: FaultProxy.Fault) -> Bool {
    let flow = flows[index]
    guard flow.pending.isEmpty, !flow.isEnding, !flow.isOver else { return false }
    switch fault {
    case .blackHole: return false
    case .stall(flow.direction, let limit): return flow.passed < limit
    default: return true
    }
  }

  /// Whether what is pending may go now; a delayed piece says when.
  func wantsToWrite(_ index: Int, _ fault: FaultProxy.Fault, now: Deadline) -> (now: Bool, later: Deadline?) {
    let flow = flows[index]
    guard !flow.pending.isEmpty, !flow.isOver, allowance(index, fault) > 0 else { return (false, nil) }
    if let release = flow.releaseAt, release > now { return (false, release) }
    return (true, nil)
  }

  mutating func restart() { for index in flows.indices { flows[index].passed = 0 } }

  func end(_ ending: FaultProxy.Ending) {
    FaultProxySocket.end(client, ending)
    FaultProxySocket.end(server, ending)
  }
}
