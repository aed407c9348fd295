/// A list of values: a document whose names are the positions `0`, `1`, …
public struct BSONArray: Sendable, Hashable {
  /// The elements with their names, which a server need not have checked.
  public let document: BSONDocument

  /// Takes a document's values in their order, whatever their names.
  public init(_ document: BSONDocument) { self.document = document }

  /// - Throws: ``BSONError`` when the bytes would be 2 GB or more.
  public init(_ values: some Sequence<BSONValue>) throws(BSONError) {
    var writer = BSONWriter()
    var position = 0
    for value in values {
      try writer.append(position: position, value)
      position += 1
    }
    document = try writer.finish()
  }

  /// How many values there are. All are passed over to count them.
  public var count: Int { document.count }
  /// Whether there are no values.
  public var isEmpty: Bool { document.isEmpty }

  /// The values, first to last.
  public var values: [BSONValue] { Array(self) }
}

extension BSONArray: Sequence {
  /// Walks the values, each decoded when it is reached.
  public func makeIterator() -> Iterator { Iterator(document.makeIterator()) }

  /// The values in order. It ends at malformed bytes.
  public struct Iterator: IteratorProtocol {
    private var elements: BSONDocument.Iterator

    init(_ elements: BSONDocument.Iterator) { self.elements = elements }

    public mutating func next() -> BSONValue? { elements.nextValue() }
  }
}

extension BSONArray: ExpressibleByArrayLiteral {
  /// A list as it stands in source.
  public init(arrayLiteral elements: BSONValue...) {
    do {
      try self.init(elements)
    } catch {
      preconditionFailure("\(error)")
    }
  }
}
