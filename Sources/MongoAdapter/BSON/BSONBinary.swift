public import DBAdapterCore

/// Bytes, and what they are meant as.
public struct BSONBinary: Sendable, Hashable {
  /// 0 for bytes of no particular meaning, 4 for a UUID, 6 for encrypted data, from 128 on the user's own (bsonspec.org/spec.html).
  public let subtype: UInt8
  /// The bytes as they stand in a document: those of subtype 2 begin with their own length.
  let payload: [UInt8]

  /// - Parameter subtype: Default: 0, bytes of no particular meaning.
  public init(subtype: UInt8 = 0, bytes: some Collection<UInt8>) {
    self.subtype = subtype
    guard subtype == 2 else {
      payload = Array(bytes)
      return
    }
    var payload: [UInt8] = []
    payload.reserveCapacity(bytes.count + 4)
    BSONBytes.append(Int32(truncatingIfNeeded: bytes.count), to: &payload)
    payload.append(contentsOf: bytes)
    self.payload = payload
  }

  /// A UUID in the subtype made for it, 4.
  public init(_ uuid: DBUUID) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    withUnsafeBytes(of: uuid.high.bigEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: uuid.low.bigEndian) { bytes.append(contentsOf: $0) }
    subtype = 4
    payload = bytes
  }

  init(subtype: UInt8, payload: [UInt8]) {
    self.subtype = subtype
    self.payload = payload
  }

  /// The bytes. Of the old subtype 2, which repeats their length, they are what follows it.
  public var bytes: ArraySlice<UInt8> {
    guard subtype == 2, Self.hasInnerLength(payload) else { return payload[...] }
    return payload[4...]
  }

  /// The UUID that bytes of subtype 4 are; `nil` for others.
  public var uuid: DBUUID? {
    guard subtype == 4, payload.count == 16 else { return nil }
    let word = { (part: ArraySlice<UInt8>) in part.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
    return DBUUID(high: word(payload[..<8]), low: word(payload[8...]))
  }

  static func hasInnerLength(_ payload: [UInt8]) -> Bool {
    payload.count >= 4
      && payload.withUnsafeBytes { Int(BSONBytes.load(Int32.self, $0)) == payload.count - 4 }
  }
}
