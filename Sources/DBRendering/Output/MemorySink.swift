internal import DBAdapterCore

/// Keeps what is written, for short documents and for tests.
public final class MemorySink: OutputSink {
  private let collected = Locked<[UInt8]>([])

  /// An empty sink.
  public init() {}

  /// Everything written so far.
  public var bytes: [UInt8] { collected.withLock { $0 } }

  /// Everything written so far as text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  public func write(_ bytes: UnsafeRawBufferPointer) { collected.withLock { $0.append(contentsOf: bytes) } }
}
