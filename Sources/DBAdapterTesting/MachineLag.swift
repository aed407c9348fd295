internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// How much time the machine took away from this process, measured by a canary: a thread that sleeps, works a little, and looks how late it
/// is.
///
/// A limit such as "cancelled within 250 ms" is a promise of the product, but on a busy or paused machine a test also waits for a processor.
/// The canary waits for one too, and for nothing else: it is a plain thread, and uses no loop, task or worker of the product. It sleeps four
/// milliseconds and then uses half a millisecond of processor time, over and over: a thread that only sleeps is served first even where
/// whoever works has to wait. What a round takes beyond that, and beyond one more millisecond, which is any system's own, is lag. A product
/// that answers late, hangs or waits for the wrong thing leaves the canary on time, and its tests still fail.
///
/// Tests use it through ``Stopwatch``.
public enum MachineLag {
  /// The lag since the canary was started, which the first call does. It only grows: the difference of two readings is what the machine took
  /// away between them, including a round that has not ended yet.
  public static var total: Duration { canary.reading().lag }

  /// The lag so far and the moment it was read.
  static func reading() -> (lag: Duration, moment: Deadline) { canary.reading() }

  private static let canary = Canary()
}

/// The thread that is late when the machine is busy.
private final class Canary: Sendable {
  private struct State {
    /// The lag of all rounds that have ended.
    var lag = Duration.zero
    /// When the present round is over, with what may be added to it.
    var isLateAfter: Deadline
  }

  private static let sleep = Duration.milliseconds(4)
  private static let work = Duration.microseconds(500)
  private static let allowance = Duration.milliseconds(1)
  private static let round = sleep + work + allowance
  private let state: Locked<State>

  init() {
    let state = Locked(State(isLateAfter: .now() + Self.round))
    self.state = state
    let context = Unmanaged.passRetained(state)
    #if canImport(Darwin)
    var thread: pthread_t?
    #else
    var thread = pthread_t()
    #endif
    let status = pthread_create(
      &thread, nil,
      { context in
        #if canImport(Darwin)
        let state = Unmanaged<Locked<State>>.fromOpaque(context).takeRetainedValue()
        #else
        let state = Unmanaged<Locked<State>>.fromOpaque(context!).takeRetainedValue()
        #endif
        while true {
          var pause = timespec(tv_sec: 0, tv_nsec: Int(Canary.sleep.nanoseconds))
          nanosleep(&pause, nil)
          let rested = Canary.processorTime()
          while Canary.processorTime() - rested < Canary.work {}
          state.withLock { state in
            let now = Deadline.now()
            state.lag += max(.zero, state.isLateAfter.elapsed(to: now))
            state.isLateAfter = now + Canary.round
          }
        }
      }, context.toOpaque())
    precondition(status == 0, "no thread to measure the machine with: \(status)")
  }

  /// What the calling thread has used of the processors.
  private static func processorTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  func reading() -> (lag: Duration, moment: Deadline) {
    state.withLock { state in
      let now = Deadline.now()
      return (state.lag + max(.zero, state.isLateAfter.elapsed(to: now)), now)
    }
  }
}
