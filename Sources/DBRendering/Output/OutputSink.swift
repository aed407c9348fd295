/// Where rendered bytes go: a file, a pipe, a socket, a string.
public protocol OutputSink: Sendable {
  /// Takes all bytes, in order.
  /// - Throws: whatever keeps the sink from taking them; ``ResultWriter`` passes it on.
  func write(_ bytes: UnsafeRawBufferPointer) throws
}
