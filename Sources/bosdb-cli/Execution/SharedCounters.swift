#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The shared memory that libmongoc makes for its counters as soon as it is loaded, whatever the command.
enum SharedCounters {
  /// Takes its name away, so that it goes with the process: libmongoc does that in exit(3), which this program does not call. What
  /// killed processes left is taken over before libmongoc is loaded (`CStartup`).
  static func release() { shm_unlink("/mongoc-\(getpid())") }
}
