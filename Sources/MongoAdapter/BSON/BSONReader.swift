/// Walks the elements of one BSON document (bsonspec.org/spec.html) without copying anything.
///
/// It never reads outside the bytes it was given: a document that is cut short or contradicts itself ends early, and
/// ``isMalformed`` says so. Text is not checked to be UTF-8.
struct BSONReader {
  struct Element {
    let kind: BSONKind
    /// The name, without its closing zero byte.
    let name: UnsafeRawBufferPointer
    /// The value, as it stands in the document.
    let value: UnsafeRawBufferPointer
    /// Where the value starts in the document.
    let offset: Int
  }

  /// Where the first element of a document starts.
  static let start = 4

  private let bytes: UnsafeRawBufferPointer
  /// Where the next element starts.
  private(set) var position: Int
  private(set) var isMalformed = false
  /// Whether length and closing zero byte of the document are right.
  var hasFrame: Bool { !bytes.isEmpty }

  /// - Parameters:
  ///   - document: a whole document, from its length to its closing zero byte.
  ///   - position: where to go on, as an earlier walk left it.
  @inline(__always)
  init(_ document: UnsafeRawBufferPointer, from position: Int = start) {
    self.position = position
    guard document.count >= 5, Self.length(document, at: 0) == document.count, document[document.count - 1] == 0 else {
      bytes = UnsafeRawBufferPointer(rebasing: document.prefix(0))
      isMalformed = true
      return
    }
    bytes = document
  }

  /// The next element; `nil` at the end, and where the document cannot be read further.
  mutating func next() -> Element? {
    guard !isMalformed else { return nil }
    let end = bytes.count - 1
    guard position < end else {
      isMalformed = position > end
      return nil
    }
    guard let kind = BSONKind(rawValue: bytes[position]) else { return fail() }
    let nameStart = position + 1
    guard let nameEnd = zero(from: nameStart) else { return fail() }
    let start = nameEnd + 1
    guard let length = length(of: kind, at: start), length <= end - start else { return fail() }
    position = start + length
    return Element(
      kind: kind, name: UnsafeRawBufferPointer(rebasing: bytes[nameStart..<nameEnd]),
      value: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), offset: start)
  }

  /// The first element with a name.
  static func find(_ name: UnsafeRawBufferPointer, in document: UnsafeRawBufferPointer) -> Element? {
    var reader = BSONReader(document)
    while let element = reader.next() {
      if BSONBytes.areEqual(element.name, name) { return element }
    }
    return nil
  }

  private mutating func fail() -> Element? {
    isMalformed = true
    return nil
  }

  /// How long a value is, checked against what is there; `nil` when it does not fit.
  @inline(__always)
  private func length(of kind: BSONKind, at start: Int) -> Int? {
    let available = bytes.count - 1 - start
    switch kind {
    case .undefined, .null, .minKey, .maxKey: return 0
    case .bool: return 1
    case .int32: return 4
    case .double, .date, .timestamp, .int64: return 8
    case .objectID: return 12
    case .decimal128: return 16
    case .string, .code, .symbol: return text(at: start, available)
    case .dbPointer: return text(at: start, available - 12).map { $0 + 12 }
    case .binary:
      guard available >= 5 else { return nil }
      let length = Self.length(bytes, at: start)
      return length >= 0 && length <= available - 5 ? length + 5 : nil
    case .document, .array:
      guard available >= 5 else { return nil }
      let length = Self.length(bytes, at: start)
      return length >= 5 && length <= available && bytes[start + length - 1] == 0 ? length : nil
    case .codeWithScope:
      guard available >= 14 else { return nil }
      let length = Self.length(bytes, at: start)
      guard length >= 14, length <= available, let text = text(at: start + 4, length - 4 - 5) else { return nil }
      let scope = start + 4 + text
      return Self.length(bytes, at: scope) == length - 4 - text && bytes[start + length - 1] == 0 ? length : nil
    case .regex:
      guard let pattern = zero(from: start), let options = zero(from: pattern + 1) else { return nil }
      return options + 1 - start
    }
  }

  /// A length, that many bytes, and a zero byte among them at their end.
  private func text(at start: Int, _ available: Int) -> Int? {
    guard available >= 5 else { return nil }
    let length = Self.length(bytes, at: start)
    return length >= 1 && length <= available - 4 && bytes[start + 3 + length] == 0 ? length + 4 : nil
  }

  /// The first zero byte, eight bytes at a time: in a little-endian word, only the lowest byte that is zero makes this bit certain.
  @inline(__always)
  private func zero(from start: Int) -> Int? {
    let end = bytes.count - 1
    var index = start
    while index &+ 8 <= end {
      let word = BSONBytes.load(UInt64.self, bytes, at: index)
      let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
      if zeros != 0 { return index &+ zeros.trailingZeroBitCount / 8 }
      index &+= 8
    }
    while index < end {
      if bytes[index] == 0 { return index }
      index &+= 1
    }
    return nil
  }

  private static func length(_ bytes: UnsafeRawBufferPointer, at position: Int) -> Int {
    Int(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Int32.self)))
  }
}
