/// A document as its bytes (bsonspec.org/spec.html). Nothing is decoded before it is asked for, order is kept, and a name may occur more
/// than once.
///
/// A document that came with a result shares the memory of its batch, and so do the documents within it. Two documents are equal when
/// their bytes are.
public struct BSONDocument: Sendable, Hashable {
  /// The whole document, from its length to its closing zero byte. The indices of the slice mean nothing.
  public let bytes: ArraySlice<UInt8>

  /// Takes what a server sent. Where the bytes are malformed the document ends early, and nothing traps.
  init(unchecked bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  /// A document without elements.
  public init() { bytes = Self.nothing }

  private static let nothing: ArraySlice<UInt8> = [5, 0, 0, 0, 0]

  /// Names and values in order.
  /// - Throws: ``BSONError`` when a name holds a zero byte, or the bytes would be 2 GB or more.
  public init(_ elements: some Sequence<(String, BSONValue)>) throws(BSONError) {
    var writer = BSONWriter()
    for (name, value) in elements { try writer.append(name, value) }
    self = try writer.finish()
  }

  /// The value of the first element with a name; `nil` when there is none. Names are compared byte by byte.
  public subscript(name: String) -> BSONValue? {
    var name = name
    return name.withUTF8 { utf8 in
      bytes.withUnsafeBytes { document in
        BSONReader.find(UnsafeRawBufferPointer(utf8), in: document).map { BSONValue($0, in: bytes) }
      }
    }
  }

  /// The value at names with dots between them: `address.city`. A number passes through a list: `items.0.price`.
  /// `nil` where a name is missing, or what has it is neither a document nor a list.
  public func value(at path: String) -> BSONValue? {
    var document = self
    let names = path.split(separator: ".", omittingEmptySubsequences: false)
    for name in names.dropLast() {
      switch document[String(name)] {
      case .document(let nested): document = nested
      case .array(let nested): document = nested.document
      default: return nil
      }
    }
    return names.last.flatMap { document[String($0)] }
  }

  /// How many elements there are. All are passed over to count them.
  public var count: Int {
    withUnsafeBytes { document in
      var reader = BSONReader(document)
      var count = 0
      while reader.next() != nil { count += 1 }
      return count
    }
  }

  /// Whether there are no elements.
  public var isEmpty: Bool { bytes.count <= 5 }

  /// All elements, decoded.
  public var elements: [(name: String, value: BSONValue)] { Array(self) }

  /// The names in order.
  public var names: [String] {
    withUnsafeBytes { document in
      var reader = BSONReader(document)
      var names: [String] = []
      while let element = reader.next() { names.append(BSONText.repaired(element.name)) }
      return names
    }
  }

  /// Lends the bytes, from the document's length to its closing zero byte.
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try bytes.withUnsafeBytes(body)
  }
}

extension BSONDocument: Sequence {
  /// Walks names and values, each decoded when it is reached.
  public func makeIterator() -> Iterator { Iterator(bytes) }

  /// Names and values in order. It ends at malformed bytes; a name that is not UTF-8 is repaired, and ``BSONDocument/bytes`` has it as it is.
  public struct Iterator: IteratorProtocol {
    private let bytes: ArraySlice<UInt8>
    private var position: Int? = BSONReader.start

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    public mutating func next() -> (name: String, value: BSONValue)? {
      guard let start = position else { return nil }
      let found = Self.element(in: bytes, at: start) {
        (name: BSONText.repaired($0.name), value: BSONValue($0, in: $1))
      }
      position = found?.end
      return found?.result
    }

    mutating func nextValue() -> BSONValue? {
      guard let start = position else { return nil }
      let found = Self.element(in: bytes, at: start) { BSONValue($0, in: $1) }
      position = found?.end
      return found?.result
    }

    private static func element<R>(
      in bytes: ArraySlice<UInt8>, at start: Int, _ body: (BSONReader.Element, ArraySlice<UInt8>) -> R
    ) -> (result: R, end: Int)? {
      bytes.withUnsafeBytes { document in
        var reader = BSONReader(document, from: start)
        return reader.next().map { (body($0, bytes), reader.position) }
      }
    }
  }
}

extension BSONDocument: ExpressibleByDictionaryLiteral {
  /// A document as it stands in source. Names are literals; those that are made at run time go through ``init(_:)``.
  public init(dictionaryLiteral elements: (StaticString, BSONValue)...) {
    do {
      try self.init(elements.map { ("\($0)", $1) })
    } catch {
      preconditionFailure("\(error)")
    }
  }
}
