internal import DBAdapterCore
internal import DBRendering

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Writes to a file descriptor.
struct DescriptorSink: OutputSink {
  /// Nobody reads any more: `| head -1`.
  struct ClosedPipe: Error {}

  private let descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while !rest.isEmpty {
      #if canImport(Darwin)
      let written = Darwin.write(descriptor, rest.baseAddress, rest.count)
      #elseif canImport(Musl)
      let written = Musl.write(descriptor, rest.baseAddress, rest.count)
      #else
      let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
      #endif
      if written >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, -1)
      case EPIPE: throw ClosedPipe()
      default: throw DBError(.invalidParameter, Messages.cannotWrite(Messages.standardOutput, SystemError.text(errno)))
      }
    }
  }
}
