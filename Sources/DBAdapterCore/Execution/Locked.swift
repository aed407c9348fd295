#if canImport(Glibc)
package import Glibc
#elseif canImport(Musl)
package import Musl
#else
package import Darwin
#endif

/// A value behind a `pthread_mutex_t`.
///
/// `Synchronization.Mutex` is a priority-inheritance futex on Linux; where callers and loop threads contend it cost 1.3 times the
/// throughput and twice the CPU time of this.
package final class Locked<Value>: @unchecked Sendable {
  // Sendable: `value` is only touched while `mutex` is held (POSIX pthread_mutex_lock(3p)).
  @usableFromInline package let mutex: UnsafeMutablePointer<pthread_mutex_t>
  @usableFromInline package var value: Value

  package init(_ value: Value) {
    self.value = value
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deinitialize(count: 1)
    mutex.deallocate()
  }

  @inlinable
  package func withLock<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value)
  }

  /// Waits on a condition with the mutex held, as pthread_cond_wait(3p) does; `body` says when to stop waiting.
  package func withLock<R>(waitingOn condition: ConditionVariable, until body: (inout Value) -> R?) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let result = body(&value) { return result }
      pthread_cond_wait(condition.pointer, mutex)
    }
  }
}

/// A `pthread_cond_t` for ``Locked``.
package final class ConditionVariable: @unchecked Sendable {
  // Sendable: a condition variable is made to be shared (POSIX pthread_cond_signal(3p)).
  fileprivate let pointer: UnsafeMutablePointer<pthread_cond_t>

  package init() {
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: pthread_cond_t())
    pthread_cond_init(pointer, nil)
  }

  deinit {
    pthread_cond_destroy(pointer)
    pointer.deinitialize(count: 1)
    pointer.deallocate()
  }

  package func signal() { pthread_cond_signal(pointer) }
}
