#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

#if os(Linux)
internal import CLinuxEvents

/// epoll(7), level-triggered, with an eventfd(2) to interrupt the wait.
struct ReadinessPoller: Sendable {
  private static let interruptTag = UInt64.max
  private let queue: Int32
  private let alarm: Int32

  init() {
    queue = epoll_create1(Int32(EPOLL_CLOEXEC))
    alarm = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    precondition(queue >= 0 && alarm >= 0, "epoll_create1 or eventfd failed: \(errno)")
    precondition(control(EPOLL_CTL_ADD, alarm, Self.interruptTag, .read), "epoll_ctl failed: \(errno)")
  }

  /// - Returns: `false` when the system refuses: no memory, or more descriptors than a user may watch (epoll_ctl(2)).
  func change(_ descriptor: Int32, tag: UInt64, from old: Readiness, to new: Readiness) -> Bool {
    if old == new { return true }
    return control(new.isEmpty ? EPOLL_CTL_DEL : old.isEmpty ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, tag, new)
  }

  func interrupt() {
    var one: UInt64 = 1
    _ = write(alarm, &one, 8)
  }

  /// Waits for readiness, a moment, or an interruption. `nil` returns at once.
  func wait(until deadline: Deadline?, _ events: inout Events) {
    let milliseconds: Int32
    if let deadline {
      let left = deadline.remaining.map { ($0.nanoseconds + 999_999) / 1_000_000 }
      milliseconds = left.map { Int32(clamping: $0) } ?? -1
    } else {
      milliseconds = 0
    }
    events.count = Int(max(0, epoll_wait(queue, &events.storage, Int32(events.storage.count), milliseconds)))
    for index in 0..<events.count where events.storage[index].data.u64 == Self.interruptTag {
      var value: UInt64 = 0
      _ = read(alarm, &value, 8)
    }
  }

  private func control(_ operation: Int32, _ descriptor: Int32, _ tag: UInt64, _ readiness: Readiness) -> Bool {
    var events: UInt32 = 0
    if readiness.contains(.read) { events |= EPOLLIN.rawValue | EPOLLRDHUP.rawValue }
    if readiness.contains(.write) { events |= EPOLLOUT.rawValue }
    var event = bosdb_epoll_event(events, tag)
    return epoll_ctl(queue, operation, descriptor, &event) == 0
  }

  struct Events {
    fileprivate var storage = [epoll_event](repeating: epoll_event(), count: 64)
    fileprivate var count = 0

    func forEach(_ body: (UInt64, Readiness) -> Void) {
      for event in storage[..<count] where event.data.u64 != ReadinessPoller.interruptTag {
        var readiness: Readiness = []
        // A hang-up or an error is delivered as both, so that whoever waits learns of it from its own call.
        let broken = EPOLLHUP.rawValue | EPOLLERR.rawValue | EPOLLRDHUP.rawValue
        if event.events & (EPOLLIN.rawValue | broken) != 0 { readiness.insert(.read) }
        if event.events & (EPOLLOUT.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { readiness.insert(.write) }
        body(event.data.u64, readiness)
      }
    }
  }
}
#else
#error("bosdb's event loop needs epoll, which only Linux has; a kqueue implementation of ReadinessPoller is wanted.")
#endif
