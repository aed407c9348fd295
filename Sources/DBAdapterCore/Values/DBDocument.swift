/// Name/value pairs in the order the server gave them; a name may occur more than once.
public struct DBDocument: Sendable, Hashable, CustomStringConvertible {
  public struct Field: Sendable, Hashable {
    public var name: String
    public var value: DBValue
    public init(_ name: String, _ value: DBValue) {
      self.name = name
      self.value = value
    }
  }

  public var fields: [Field]

  public init(_ fields: [Field] = []) { self.fields = fields }

  /// The value of the first field with this name.
  public subscript(name: String) -> DBValue? { fields.first { $0.name == name }?.value }

  /// `{name: value, …}`.
  public var description: String {
    "{" + fields.map { "\($0.name): \($0.value)" }.joined(separator: ", ") + "}"
  }
}

extension DBDocument: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, DBValue)...) {
    self.init(elements.map { Field($0.0, $0.1) })
  }
}
