extension DBValue: ExpressibleByNilLiteral {
  public init(nilLiteral: ()) { self = .null }
}

extension DBValue: ExpressibleByBooleanLiteral {
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension DBValue: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int64) { self = .int(value) }
}

extension DBValue: ExpressibleByFloatLiteral {
  public init(floatLiteral value: Double) { self = .double(value) }
}

extension DBValue: ExpressibleByStringLiteral {
  public init(stringLiteral value: String) { self = .text(value) }
}

extension DBValue: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: DBValue...) { self = .array(DBArray(elements)) }
}

extension DBValue: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, DBValue)...) {
    self = .document(DBDocument(elements.map { DBDocument.Field($0.0, $0.1) }))
  }
}
