/// A field's name as it stands in a document, with what makes comparing it quick.
struct FieldName: Sendable, Hashable {
  let bytes: [UInt8]
  /// The first eight bytes, zero where there are fewer.
  let start: UInt64

  init(_ name: UnsafeRawBufferPointer) {
    bytes = Array(name)
    start = Self.start(of: name)
  }

  /// What is not UTF-8 is replaced.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  @inline(__always)
  static func start(of name: UnsafeRawBufferPointer) -> UInt64 {
    if name.count >= 8 { return name.loadUnaligned(as: UInt64.self) }
    var start: UInt64 = 0
    var index = name.count
    while index > 0 {
      index &-= 1
      start = start &<< 8 | UInt64(name[index])
    }
    return start
  }

  @inline(__always)
  func matches(_ name: UnsafeRawBufferPointer, start: UInt64) -> Bool {
    guard self.start == start, bytes.count == name.count else { return false }
    var index = 8
    while index < name.count {
      if bytes[index] != name[index] { return false }
      index &+= 1
    }
    return true
  }

  /// Whether it is an object id or a uuid, which nobody calls a field.
  var isObjectIDOrUUID: Bool {
    let isUUID =
      bytes.count == 36
      && bytes.indices.allSatisfy { [8, 13, 18, 23].contains($0) ? bytes[$0] == 0x2D : Self.isHexadecimal(bytes[$0]) }
    return isUUID || bytes.count == 24 && bytes.allSatisfy(Self.isHexadecimal)
  }

  /// Whether it is a number or a date in figures: `17`, `2026-11-21`.
  var isNumberOrDate: Bool {
    guard let first = bytes.first, Self.isDigit(first) else { return false }
    return bytes.allSatisfy { Self.isDigit($0) || "-/.:TZ".utf8.contains($0) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private static func isHexadecimal(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte | 0x20) }
}
