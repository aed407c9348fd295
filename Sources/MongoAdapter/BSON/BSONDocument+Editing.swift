extension BSONDocument {
  /// The same with an element at the end.
  func adding(_ name: StaticString, _ value: BSONValue) -> BSONDocument {
    let addition: BSONDocument = [name: value]
    return Self.document(of: [bytes.dropFirst(4).dropLast(), addition.bytes.dropFirst(4).dropLast()])
  }

  /// The same without the elements of some names.
  func removing(_ names: Set<String>) -> BSONDocument {
    var kept: [ArraySlice<UInt8>] = []
    var isWhole = true
    withUnsafeBytes { document in
      var reader = BSONReader(document)
      var start = bytes.startIndex + reader.position
      while let element = reader.next() {
        let end = bytes.startIndex + reader.position
        if names.contains(BSONText.repaired(element.name)) { isWhole = false } else { kept.append(bytes[start..<end]) }
        start = end
      }
    }
    return isWhole ? self : Self.document(of: kept)
  }

  /// A document of elements as they are encoded. They are parts of documents, so that together they stay below what a length can say.
  private static func document(of elements: [ArraySlice<UInt8>]) -> BSONDocument {
    let count = elements.reduce(5) { $0 + $1.count }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    BSONBytes.append(Int32(truncatingIfNeeded: count), to: &bytes)
    for element in elements { bytes.append(contentsOf: element) }
    bytes.append(0)
    return BSONDocument(unchecked: bytes[...])
  }
}

extension BSONValue {
  /// A whole number of any numeric type; `nil` for all else.
  var integer: Int? {
    switch self {
    case .int32(let number): Int(number)
    case .int64(let number): Int(number)
    case .double(let number): Int(exactly: number)
    default: nil
    }
  }

  var text: String? { if case .string(let text) = self { text } else { nil } }
}
