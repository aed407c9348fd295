import DBAdapterCore
import Glibc
import Testing

@Suite struct DeadlineTests {
  @Test func neverNeverPasses() {
    #expect(Deadline(after: nil) == .never && Deadline.never.isNever && !Deadline.never.hasPassed)
    #expect(Deadline.never.remaining == nil)
    #expect(Deadline(after: .seconds(Int64.max)) == .never)
    #expect(Deadline.never + .seconds(1) == .never)
    let past = Deadline(nanoseconds: .min)
    #expect(past + .seconds(-1) == past && past.elapsed(to: .now()) == .nanoseconds(Int64.max))
    #expect(Deadline.now().elapsed(to: past) == .nanoseconds(Int64.min))
  }

  @Test func passes() throws {
    #expect(Deadline(after: .zero).hasPassed && Deadline(after: .seconds(-1)).hasPassed)
    #expect(Deadline(after: .seconds(-1)).remaining == .zero)
    let later = Deadline(after: .seconds(60))
    #expect(!later.hasPassed && later > .now())
    #expect(try #require(later.remaining) <= .seconds(60))
    #expect(Deadline.now().elapsed() >= .zero)
  }

  @Test func durationsBecomeNanoseconds() {
    #expect(Duration.milliseconds(1).nanoseconds == 1_000_000 && Duration.seconds(-1).nanoseconds == -1_000_000_000)
    #expect(Duration.seconds(Int64.max).nanoseconds == .max && Duration.seconds(Int64.min).nanoseconds == .min)
    #expect(Duration.nanoseconds(1_234_567).milliseconds == 1.235)
  }

  @Test func extremesAreNoTrap() {
    #expect(Deadline(after: .seconds(Int64.min)).remaining == .zero)
    #expect(!Duration.seconds(Int64.max).brief.isEmpty && !Duration.seconds(Int64.min).brief.isEmpty)
  }
}

/// Hands events of the loop to whoever awaits them.
private final class Recorder: EventHandler {
  enum Event: Equatable { case ready(Readiness), deadline, refusal }
  /// The thread of the last call.
  let thread = Locked<UInt>(0)
  private let continuation: AsyncStream<Event>.Continuation
  let events: AsyncStream<Event>

  init() { (events, continuation) = AsyncStream.makeStream() }
  func handleReady(_ readiness: Readiness) { continuation.yield(.ready(readiness)) }
  func handleRefusal() { continuation.yield(.refusal) }
  func handleDeadline(now: Deadline) {
    thread.withLock { $0 = currentThread() }
    continuation.yield(.deadline)
  }
}

/// Both ends of a pipe, closed at the end.
private func withPipe(_ body: (_ read: Int32, _ write: Int32) async throws -> Void) async rethrows {
  var ends: [Int32] = [0, 0]
  #expect(pipe(&ends) == 0)
  defer { ends.forEach { close($0) } }
  try await body(ends[0], ends[1])
}

@Suite struct EventLoopTests {
  private let loop = EventLoop.shared

  @Test func reportsReadinessUntilItIsTaken() async throws {
    await withPipe { read, write in
      let recorder = Recorder()
      let token = loop.register(read, recorder)
      defer { loop.unregister(token) }
      loop.watch(token, for: .read)
      #expect(Glibc.write(write, "x", 1) == 1)
      // Level-triggered: as long as the byte is there, it is reported.
      var events = recorder.events.makeAsyncIterator()
      #expect(await events.next() == .ready(.read))
      #expect(await events.next() == .ready(.read))
      loop.watch(token, for: [])
    }
  }

  @Test func reportsAHangUp() async throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let recorder = Recorder()
    let token = loop.register(ends[0], recorder)
    loop.watch(token, for: .read)
    close(ends[1])
    var events = recorder.events.makeAsyncIterator()
    let event = await events.next()
    loop.unregister(token)
    close(ends[0])
    #expect(event == .ready(.read) || event == .ready([.read, .write]))
  }

  /// epoll watches no regular files.
  @Test func tellsWhatTheSystemDoesNotWatch() async throws {
    let regular = open(#filePath, O_RDONLY)
    defer { close(regular) }
    let recorder = Recorder()
    let token = loop.register(regular, recorder)
    defer { loop.unregister(token) }
    loop.watch(token, for: .read)
    var events = recorder.events.makeAsyncIterator()
    #expect(await events.next() == .refusal)
    // Asked again it is told again.
    loop.watch(token, for: [])
    loop.watch(token, for: .read)
    #expect(await events.next() == .refusal)
  }

  @Test func firesTheEarliestMomentOnly() async throws {
    await withPipe { read, _ in
      let recorder = Recorder()
      let token = loop.register(read, recorder)
      defer { loop.unregister(token) }
      let start = Deadline.now()
      loop.wake(token, at: start + .seconds(3_600))
      loop.wake(token, at: start + .milliseconds(5))
      loop.wake(token, at: start + .seconds(60))
      var events = recorder.events.makeAsyncIterator()
      #expect(await events.next() == .deadline)
      #expect(start.elapsed() >= .milliseconds(5))
      // After it has fired, another one can be asked for, also one that is over already.
      loop.wake(token, at: start)
      #expect(await events.next() == .deadline)
    }
  }

  @Test func forgetsWhatIsUnregistered() async throws {
    await withPipe { read, write in
      let (gone, present) = (Recorder(), Recorder())
      let forgotten = loop.register(read, gone)
      loop.watch(forgotten, for: .read)
      loop.wake(forgotten, at: .now() + .milliseconds(1))
      loop.unregister(forgotten)
      loop.watch(forgotten, for: .read)
      #expect(Glibc.write(write, "x", 1) == 1)
      let token = loop.register(read, present)
      loop.wake(token, at: .now() + .milliseconds(5))
      var events = present.events.makeAsyncIterator()
      #expect(await events.next() == .deadline)
      loop.unregister(token)
      var others = gone.events.makeAsyncIterator()
      let late = Task { await others.next() }
      late.cancel()
      #expect(await late.value == nil)
    }
  }

  @Test func runsTasksThatPreferItOnItsThread() async {
    await withPipe { read, _ in
      let recorder = Recorder()
      let token = loop.register(read, recorder)
      defer { loop.unregister(token) }
      loop.wake(token, at: .now())
      var events = recorder.events.makeAsyncIterator()
      #expect(await events.next() == .deadline)
      let thread = recorder.thread.withLock { $0 }
      let seen = await withTaskExecutorPreference(loop) {
        var seen = [currentThread()]
        await Task.yield()
        seen.append(currentThread())
        return seen
      }
      #expect(seen == [thread, thread])
    }
  }

  @Test func runsThousandsOfJobs() async {
    let sum = await withTaskGroup(of: Int.self, returning: Int.self) { group in
      for number in 1...5_000 { group.addTask(executorPreference: loop) { number } }
      return await group.reduce(0, +)
    }
    #expect(sum == 5_000 * 5_001 / 2)
  }
}

@Suite struct WorkerThreadTests {
  @Test func runsEverythingOnItsThread() async throws {
    let worker = try WorkerThread(name: "bosdb-test")
    let thread = await worker.run { currentThread() }
    let inside = await withTaskExecutorPreference(worker) {
      await Task.yield()
      let inline = await worker.run { currentThread() }
      return (currentThread(), inline, worker.isCurrent)
    }
    #expect(inside == (thread, thread, true))
    #expect(!worker.isCurrent)
    worker.stop()
  }

  @Test func keepsTheOrderOfThousandsOfCalls() async throws {
    let worker = try WorkerThread(name: "bosdb-test")
    let order = Locked<[Int]>([])
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<5_000 { group.addTask { await worker.run { order.withLock { $0.append(number) } } } }
    }
    #expect(order.withLock { $0.sorted() } == Array(0..<5_000))
    for number in 0..<100 { await worker.run { order.withLock { $0.append(number) } } }
    #expect(order.withLock { Array($0.suffix(100)) } == Array(0..<100))
    worker.stop()
  }

  @Test func lateCallsStillEnd() async throws {
    let worker = try WorkerThread(name: "bosdb-test")
    worker.stop()
    for number in 0..<100 { #expect(await worker.run { number } == number) }
    #expect(await withTaskExecutorPreference(worker) { 7 } == 7)
  }
}

@Suite struct BlockingThreadsTests {
  @Test func runsMoreCallsThanThreads() async {
    let threads = BlockingThreads(maximum: 4)
    let names = Locked<Set<UInt>>([])
    let sum = await withTaskGroup(of: Int.self, returning: Int.self) { group in
      for number in 1...2_000 {
        group.addTask {
          await threads.run {
            names.withLock { _ = $0.insert(currentThread()) }
            return number
          }
        }
      }
      return await group.reduce(0, +)
    }
    #expect(sum == 2_000 * 2_001 / 2)
    #expect((1...4).contains(names.withLock { $0.count }))
  }

  @Test func callsThatWaitForEachOtherRunAtTheSameTime() async {
    // Each call ends only when all have begun: with fewer threads than calls this would never end.
    let threads = BlockingThreads(maximum: 8)
    let barrier = Barrier(parties: 8)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { await threads.run { barrier.arrive() } } }
    }
  }
}

private final class Barrier: Sendable {
  private let waiting: Locked<Int>
  private let changed = ConditionVariable()
  init(parties: Int) { waiting = Locked(parties) }

  func arrive() {
    waiting.withLock { $0 -= 1 }
    waiting.withLock(waitingOn: changed) { $0 == 0 ? () : nil }
    changed.signal()
  }
}

/// Identifies the calling thread.
private func currentThread() -> UInt { UInt(pthread_self()) }
