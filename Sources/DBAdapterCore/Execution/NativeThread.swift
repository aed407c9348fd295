#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

#if os(Linux)
internal import CLinuxEvents
#endif

/// Starts and names threads of the operating system.
package enum NativeThread {
  private final class Start {
    let name: String
    let body: @Sendable () -> Void
    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  /// Runs `body` on a new detached thread.
  /// - Returns: `false` when the system has no thread to give.
  static func start(named name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
    let context = Unmanaged.passRetained(Start(name, body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    defer { pthread_attr_destroy(&attributes) }
    #if canImport(Darwin)
    var thread: pthread_t?
    #else
    var thread = pthread_t()
    #endif
    let status = pthread_create(
      &thread, &attributes,
      { raw in
        #if canImport(Darwin)
        let start = Unmanaged<Start>.fromOpaque(raw).takeRetainedValue()
        pthread_setname_np(start.name)
        #else
        let start = Unmanaged<Start>.fromOpaque(raw!).takeRetainedValue()
        bosdb_set_thread_name(start.name)
        #endif
        start.body()
        return nil
      }, context.toOpaque())
    if status != 0 { context.release() }
    return status == 0
  }

  private final class Errand {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }

  /// Runs `body` on a new thread with a stack of at least this many bytes, and waits for its end.
  /// - Returns: `false` when the system has no such thread to give, and `body` was not run.
  package static func run(stackBytes: Int, _ body: () -> Void) -> Bool {
    withoutActuallyEscaping(body) { body in
      let errand = Errand(body)
      var attributes = pthread_attr_t()
      pthread_attr_init(&attributes)
      defer { pthread_attr_destroy(&attributes) }
      guard pthread_attr_setstacksize(&attributes, stackBytes) == 0 else { return false }
      #if canImport(Darwin)
      var thread: pthread_t?
      #else
      var thread = pthread_t()
      #endif
      let status = pthread_create(
        &thread, &attributes,
        { raw in
          #if canImport(Darwin)
          Unmanaged<Errand>.fromOpaque(raw).takeUnretainedValue().body()
          #else
          Unmanaged<Errand>.fromOpaque(raw!).takeUnretainedValue().body()
          #endif
          return nil
        }, Unmanaged.passUnretained(errand).toOpaque())
      guard status == 0 else { return false }
      #if canImport(Darwin)
      if let thread { pthread_join(thread, nil) }
      #else
      pthread_join(thread, nil)
      #endif
      // The thread used it without owning it.
      return withExtendedLifetime(errand) { true }
    }
  }

  /// Identifies the calling thread.
  static var current: UInt {
    #if canImport(Darwin)
    UInt(bitPattern: pthread_self())
    #else
    UInt(pthread_self())
    #endif
  }
}
