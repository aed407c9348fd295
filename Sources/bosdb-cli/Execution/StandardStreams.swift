#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The three descriptors every process expects to have.
enum StandardStreams {
  /// Takes the numbers of streams that the caller closed, so that no database file and no socket gets one of them, and rows or messages
  /// are never written into it. Reading ends at once, and writing fails.
  static func reserve() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free number is this one: those below it are taken.
      _ = open("/dev/null", O_RDONLY)
    }
  }
}
