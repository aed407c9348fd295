/// One element of a document as it stands there, lent for the time of a closure: nothing is copied before it is asked for.
///
/// It must not be kept beyond the closure; ``value`` is what may be.
public struct BSONElement {
  private let element: BSONReader.Element
  private let document: ArraySlice<UInt8>

  init(_ element: BSONReader.Element, in document: ArraySlice<UInt8>) {
    self.element = element
    self.document = document
  }

  public var kind: BSONKind { element.kind }

  /// What is not UTF-8 in it is repaired.
  public var name: String { BSONText.repaired(element.name) }

  /// The bytes of the name, without its closing zero byte.
  public var nameBytes: UnsafeRawBufferPointer { element.name }

  /// The value, decoded; a document or list shares the memory of this one.
  public var value: BSONValue { BSONValue(element, in: document) }

  /// An `int32` or `int64`; `nil` for anything else.
  public var integer: Int64? {
    switch element.kind {
    case .int32: Int64(BSONBytes.load(Int32.self, element.value))
    case .int64: BSONBytes.load(Int64.self, element.value)
    default: nil
    }
  }

  /// `nil` for anything but a double.
  public var double: Double? {
    element.kind == .double ? Double(bitPattern: BSONBytes.load(UInt64.self, element.value)) : nil
  }

  /// `nil` for anything but a truth value.
  public var bool: Bool? { element.kind == .bool ? element.value[0] != 0 : nil }

  /// `nil` for anything but a date.
  public var date: BSONDate? {
    element.kind == .date ? BSONDate(millisecondsSince1970: BSONBytes.load(Int64.self, element.value)) : nil
  }

  /// The bytes of a string, which a server need not have checked to be UTF-8; `nil` for anything else.
  public var textBytes: UnsafeRawBufferPointer? {
    element.kind == .string ? BSONValue.textBytes(element.value) : nil
  }

  /// Lends the elements of a document or list within; there are none in anything else.
  public func forEachElement(_ body: (BSONElement) throws -> Void) rethrows {
    guard element.kind == .document || element.kind == .array else { return }
    var reader = BSONReader(element.value)
    let start = document.startIndex + element.offset
    let nested = document[start..<start + element.value.count]
    while let inner = reader.next() { try body(BSONElement(inner, in: nested)) }
  }
}

extension BSONDocument {
  /// Lends the elements one after the other. It is the quickest way to read every field of many documents: only what is asked of an element is
  /// decoded. It ends at malformed bytes.
  public func forEachElement(_ body: (BSONElement) throws -> Void) rethrows {
    try bytes.withUnsafeBytes { document in
      var reader = BSONReader(document)
      while let element = reader.next() { try body(BSONElement(element, in: bytes)) }
    }
  }
}
