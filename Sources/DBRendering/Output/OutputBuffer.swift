/// Bytes on their way to a sink. Renderers append to it; whoever drives them empties it now and then.
public struct OutputBuffer: ~Copyable {
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  /// The number of bytes held.
  public private(set) var count = 0

  /// - Parameter capacity: the bytes held before the buffer grows. Default: 128 KiB.
  public init(capacity: Int = 131_072) {
    self.capacity = max(capacity, 64)
    base = .allocate(capacity: self.capacity)
  }

  deinit { base.deallocate() }

  /// The bytes held.
  public func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try body(UnsafeRawBufferPointer(start: base, count: count))
  }

  /// Forgets all bytes and keeps the room.
  public mutating func removeAll() { count = 0 }

  /// Forgets the bytes after a position.
  mutating func truncate(to position: Int) { count = position }

  /// Appends one byte.
  @inline(__always)
  public mutating func append(_ byte: UInt8) {
    if count == capacity { grow(by: 1) }
    base[count] = byte
    count += 1
  }

  /// Appends one ASCII character.
  @inline(__always)
  mutating func append(ascii: Unicode.Scalar) { append(UInt8(truncatingIfNeeded: ascii.value)) }

  /// Appends bytes as they are.
  @inline(__always)
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    let length = bytes.count
    guard length > 0, let source = bytes.baseAddress else { return }
    if capacity - count < length { grow(by: length) }
    UnsafeMutableRawPointer(base + count).copyMemory(from: source, byteCount: length)
    count += length
  }

  /// Appends bytes as they are.
  public mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

  /// Appends text as UTF-8.
  public mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  /// Appends text known at compile time.
  mutating func append(literal: StaticString) {
    append(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  /// Appends the same byte several times.
  mutating func append(_ byte: UInt8, times: Int) {
    guard times > 0 else { return }
    if capacity - count < times { grow(by: times) }
    (base + count).initialize(repeating: byte, count: times)
    count += times
  }

  /// Lends room for at most `length` more bytes; `body` says how many it filled.
  @inline(__always)
  mutating func appendUnsafe(_ length: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) {
    if capacity - count < length { grow(by: length) }
    count += body(base + count)
  }

  /// The bytes from a position to the end.
  @inline(__always)
  func bytes(from position: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: base + position, count: count - position)
  }

  @inline(never)
  private mutating func grow(by length: Int) {
    let larger = max(capacity * 2, count + length)
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
    moved.initialize(from: base, count: count)
    base.deallocate()
    base = moved
    capacity = larger
  }
}
