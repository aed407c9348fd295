internal import Synchronization

internal import DBAdapterCore

/// The identifier that clients give documents: 12 bytes that sort by the second of their making
/// (github.com/mongodb/specifications, `bson-objectid`).
public struct BSONObjectID: Sendable, Hashable, Comparable {
  private let high: UInt64
  private let low: UInt32

  /// A new identifier: the seconds since 1970, five random bytes of this process, and a counter.
  public init() {
    let count = Self.counter.wrappingAdd(1, ordering: .relaxed).oldValue & 0xFF_FFFF
    high = UInt64(Self.now()) << 32 | Self.process >> 8
    low = UInt32(truncatingIfNeeded: Self.process & 0xFF) << 24 | count
  }

  /// The identifier of 12 bytes; `nil` for another number of them.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 12 else { return nil }
    self.init(
      high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }, low: bytes.suffix(4).reduce(0) { $0 << 8 | UInt32($1) })
  }

  /// Reads 24 hexadecimal digits in either case; `nil` for anything else.
  public init?(_ text: some StringProtocol) {
    guard text.utf8.count == 24 else { return nil }
    var bytes: [UInt8] = []
    var first: UInt8?
    for character in text.utf8 {
      guard let digit = hexadecimalValue(character) else { return nil }
      if let high = first { bytes.append(high << 4 | digit) }
      first = first == nil ? digit : nil
    }
    self.init(bytes: bytes)
  }

  private init(high: UInt64, low: UInt32) {
    self.high = high
    self.low = low
  }

  /// - Parameter bytes: at least 12.
  init(_ bytes: UnsafeRawBufferPointer) {
    high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
    low = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
  }

  /// The 12 bytes, first to last.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(12)
    append(to: &bytes)
    return bytes
  }

  func append(to bytes: inout [UInt8]) {
    withUnsafeBytes(of: high.bigEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: low.bigEndian) { bytes.append(contentsOf: $0) }
  }

  /// The second in which the identifier was made, as far as its maker's clock was right.
  public var date: BSONDate { BSONDate(millisecondsSince1970: Int64(high >> 32) * 1_000) }

  public static func < (left: BSONObjectID, right: BSONObjectID) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }

  /// Five random bytes, made once a process.
  private static let process = UInt64.random(in: 0..<(1 << 40))
  private static let counter = Atomic<UInt32>(UInt32.random(in: 0..<(1 << 24)))

  private static func now() -> UInt32 {
    UInt32(truncatingIfNeeded: (DBTimestamp.now().unixMicroseconds ?? 0) / 1_000_000)
  }
}

extension BSONObjectID {
  /// 24 hexadecimal digits in lower case.
  public var description: String { DBBytes(bytes).hexadecimal }

  /// Reads what ``description`` writes.
  public static func read(_ text: String) -> BSONObjectID? { BSONObjectID(text) }
}
