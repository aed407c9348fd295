internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The thread of a ``FaultProxy``: a poll(2) loop over its sockets.
final class FaultProxyEngine: Sendable {
  struct Counters {
    var accepted = 0
    var open = 0
    var toServer = 0
    var toClient = 0
  }

  private struct State {
    var fault: FaultProxy.Fault
    /// Raised with every new fault, so that the thread starts its byte counts anew.
    var generation = 0
    var cut: FaultProxy.Ending?
    var isStopping = false
    var counters = Counters()
  }

  let port: UInt16
  private let serverPort: UInt16
  private let state: Locked<State>
  private let wakeReader: Int32
  private let wakeWriter: Int32
  private let firstListener: Int32

  init(serverPort: UInt16, fault: FaultProxy.Fault) throws {
    self.serverPort = serverPort
    state = Locked(State(fault: fault))
    (firstListener, port) = try FaultProxySocket.listen(port: 0)
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else {
      close(firstListener)
      throw FaultProxyError(call: "pipe", code: errno)
    }
    (wakeReader, wakeWriter) = (ends[0], ends[1])
  }

  deinit {
    close(wakeReader)
    close(wakeWriter)
  }

  var counters: Counters { state.withLock { $0.counters } }

  var fault: FaultProxy.Fault {
    get { state.withLock { $0.fault } }
    set {
      state.withLock { state in
        state.fault = newValue
        state.generation += 1
      }
      wake()
    }
  }

  func cutAll(_ ending: FaultProxy.Ending) {
    state.withLock { $0.cut = ending }
    wake()
  }

  func stop() {
    state.withLock { $0.isStopping = true }
    wake()
  }

  private func wake() { _ = write(wakeWriter, "!", 1) }

  // MARK: The thread

  func run() {
    var links: [FaultProxyLink] = []
    var listener: Int32? = firstListener
    var generation = 0
    while true {
      let (fault, current, cut, isStopping) = state.withLock { state in
        defer { state.cut = nil }
        return (state.fault, state.generation, state.cut, state.isStopping)
      }
      if let cut { endAll(&links, cut) }
      if isStopping {
        endAll(&links, .reset)
        if let listener { close(listener) }
        return
      }
      if current != generation {
        generation = current
        for index in links.indices { links[index].restart() }
      }
      adjust(&listener, refusing: fault == .refuse)
      turn(&links, listener, fault)
      state.withLock { $0.counters.open = links.count }
    }
  }

  private func endAll(_ links: inout [FaultProxyLink], _ ending: FaultProxy.Ending) {
    links.forEach { $0.end(ending) }
    links = []
    state.withLock { $0.counters.open = 0 }
  }

  /// A port is refused by not listening on it.
  private func adjust(_ listener: inout Int32?, refusing: Bool) {
    if refusing, let open = listener {
      close(open)
      listener = nil
    } else if !refusing, listener == nil {
      listener = try? FaultProxySocket.listen(port: port).descriptor
    }
  }

  /// Waits for something to happen, and makes it happen on the other side.
  private func turn(_ links: inout [FaultProxyLink], _ listener: Int32?, _ fault: FaultProxy.Fault) {
    var requests = [pollfd(fd: wakeReader, events: Int16(POLLIN), revents: 0)]
    requests.append(pollfd(fd: listener ?? -1, events: Int16(POLLIN), revents: 0))
    var earliest = Deadline.never
    let now = Deadline.now()
    for link in links {
      for index in 0..<2 {
        let (writesNow, later) = link.wantsToWrite(index, fault, now: now)
        if let later { earliest = min(earliest, later) }
        let reads = link.wantsToRead(index, fault)
        requests.append(pollfd(fd: reads ? link.flows[index].source : -1, events: Int16(POLLIN), revents: 0))
        requests.append(pollfd(fd: writesNow ? link.flows[index].destination : -1, events: Int16(POLLOUT), revents: 0))
      }
    }
    let milliseconds = earliest.remaining.map { Int32(clamping: ($0.nanoseconds + 999_999) / 1_000_000) } ?? -1
    guard poll(&requests, nfds_t(requests.count), milliseconds) > 0 else { return }
    if requests[0].revents != 0 {
      var buffer = [UInt8](repeating: 0, count: 64)
      _ = read(wakeReader, &buffer, buffer.count)
      // What was asked for comes before what the sockets have.
      return
    }
    move(&links, requests, fault)
    if requests[1].revents != 0, let listener, let client = FaultProxySocket.accept(listener) {
      accepted(client, &links)
    }
  }

  private func move(_ links: inout [FaultProxyLink], _ requests: [pollfd], _ fault: FaultProxy.Fault) {
    var ended: [(Int, FaultProxy.Ending)] = []
    for position in links.indices {
      for index in 0..<2 {
        let base = 2 + position * 4 + index * 2
        var verdict = FaultProxyLink.Verdict.goOn
        if requests[base].revents != 0 { verdict = links[position].take(index, fault) }
        if case .goOn = verdict, requests[base + 1].revents != 0 {
          let direction = links[position].flows[index].direction
          let (count, after) = links[position].passOn(index, fault)
          verdict = after
          state.withLock { state in
            if direction == .fromClient { state.counters.toServer += count } else { state.counters.toClient += count }
          }
        }
        if case .end(let ending) = verdict {
          ended.append((position, ending))
          break
        }
      }
    }
    for (position, ending) in ended.reversed() { links.remove(at: position).end(ending) }
  }

  private func accepted(_ client: Int32, _ links: inout [FaultProxyLink]) {
    state.withLock { $0.counters.accepted += 1 }
    guard let server = FaultProxySocket.connect(port: serverPort) else { return FaultProxySocket.end(client, .reset) }
    links.append(FaultProxyLink(client: client, server: server))
  }
}
