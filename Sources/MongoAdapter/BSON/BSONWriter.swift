/// Builds one document, and documents within it, in one buffer.
struct BSONWriter {
  private(set) var bytes: [UInt8]
  /// Where the documents start that are not ended yet, outermost first.
  private var open: [Int] = [0]

  init(reserving capacity: Int = 0) {
    bytes = []
    bytes.reserveCapacity(max(capacity, 64))
    bytes.append(contentsOf: [0, 0, 0, 0])
  }

  /// - Throws: ``BSONError`` when the name holds a zero byte, which would end it.
  mutating func append(_ name: String, _ value: BSONValue) throws(BSONError) {
    try begin(value.kind, name.utf8)
    value.append(to: &bytes)
  }

  /// An element of a list.
  mutating func append(position: Int, _ value: BSONValue) throws(BSONError) {
    begin(value.kind, position: position)
    value.append(to: &bytes)
  }

  /// Type and name of an element whose value is appended next.
  /// - Returns: where the type stands, for one that is known only later: ``replace(_:at:)``.
  @discardableResult
  mutating func begin(_ kind: BSONKind, _ name: some Collection<UInt8>) throws(BSONError) -> Int {
    guard !name.contains(0) else {
      throw BSONError("the name \"\(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))\\0…\" holds a zero byte")
    }
    let start = bytes.count
    bytes.append(kind.rawValue)
    bytes.append(contentsOf: name)
    bytes.append(0)
    return start
  }

  /// The same for an element of a list.
  @discardableResult
  mutating func begin(_ kind: BSONKind, position: Int) -> Int {
    let start = bytes.count
    bytes.append(kind.rawValue)
    if position < 10 {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: position))
    } else {
      bytes.append(contentsOf: String(position).utf8)
    }
    bytes.append(0)
    return start
  }

  /// The bytes of the value of an element that was begun.
  mutating func append(encoded value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }

  mutating func append(_ number: some FixedWidthInteger) { BSONBytes.append(number, to: &bytes) }

  /// A text with its length and its zero byte.
  mutating func append(text: some Collection<UInt8>) {
    BSONBytes.append(Int32(truncatingIfNeeded: text.count + 1), to: &bytes)
    bytes.append(contentsOf: text)
    bytes.append(0)
  }

  /// Gives an element another value than what was appended since it was begun.
  /// - Parameters:
  ///   - start: where the element's type stands.
  ///   - valueStart: where its value does.
  mutating func replace(_ value: BSONValue, at start: Int, from valueStart: Int) {
    bytes.removeLast(bytes.count - valueStart)
    bytes[start] = value.kind.rawValue
    value.append(to: &bytes)
  }

  mutating func replace(kind: BSONKind, at start: Int) { bytes[start] = kind.rawValue }

  /// Opens a document as the value of the element that was begun.
  mutating func beginDocument() {
    open.append(bytes.count)
    bytes.append(contentsOf: repeatElement(0, count: 4))
  }

  /// Ends the innermost document.
  /// - Throws: ``BSONError`` when it has 2 GB or more.
  mutating func endDocument() throws(BSONError) {
    bytes.append(0)
    guard let start = open.popLast() else { return }
    guard let length = Int32(exactly: bytes.count - start) else {
      throw BSONError("a document has at most 2,147,483,647 bytes")
    }
    for place in 0..<4 { bytes[start + place] = UInt8(truncatingIfNeeded: length >> (8 * Int32(place))) }
  }

  /// Ends the document and all that is open within it.
  /// - Throws: ``BSONError`` when it has 2 GB or more.
  mutating func finish() throws(BSONError) -> BSONDocument {
    while !open.isEmpty { try endDocument() }
    return BSONDocument(unchecked: bytes[...])
  }
}
