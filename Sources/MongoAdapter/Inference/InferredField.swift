public import DBAdapterCore

/// What was seen at one path of the documents.
public struct InferredField: Sendable, Hashable {
  /// How a path goes on from the one before it.
  public enum Step: Sendable, Hashable {
    /// The field of a document with this name. What is not UTF-8 in it is replaced.
    case field(String)
    /// Any field of a document that is a map: `{key}` in a path.
    case anyKey
    /// Any element of an array: `[]` in a path.
    case element
  }

  /// A value that was seen.
  public struct Example: Sendable, Hashable {
    public var kind: BSONKind
    /// As it stands in a document.
    public var bytes: [UInt8]

    public init(kind: BSONKind, bytes: [UInt8]) {
      self.kind = kind
      self.bytes = bytes
    }

    /// The value; `nil` where the bytes are none of the kind.
    public var value: BSONValue? {
      let length = Int32(truncatingIfNeeded: bytes.count + 7)
      let start = (0..<4).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
      var elements = BSONDocument(unchecked: (start + [kind.rawValue, 0] + bytes + [0])[...]).makeIterator()
      return elements.next()?.value
    }
  }

  /// `a.b`, `a[].b`, `m[][]`, `a.{key}`. A name that holds one of `.[]{}"` or is empty is in double quotes.
  public var path: String
  public var step: Step
  /// Documents it may be in: those at the path before it. For elements the arrays, for keys the documents.
  public var parents: Int
  /// How many of them have it, be it null; for elements and keys, those that are not empty. For keys that were recognised
  /// as such beside other fields it is at most so many.
  public var present: Int
  public var presence: InferredShare
  /// The most frequent first. Their counts add up to ``values``.
  public var types: [InferredType]
  /// How many times a document had the name again after the first time.
  public var repeated: Int
  /// How long its arrays are; `nil` where there are none.
  public var arrayLengths: Measurement?
  /// How long its strings are; `nil` where there are none.
  public var textLengths: TextLengths?
  /// The least and the greatest number, without decimals and NaN; only where the options ask for ranges.
  public var numbers: ClosedRange<Double>?
  /// The earliest and the latest date, in milliseconds since 1970 in UTC; only where the options ask for ranges.
  public var dates: ClosedRange<Int64>?
  /// Different values that were seen; only where the options ask for examples.
  public var examples: [Example]
  /// What is inside: fields in the order in which they were first seen (`_id` first), then keys, then elements.
  public var children: [InferredField]

  /// The parents that do not have it, which is not the same as null.
  public var missing: Int { parents - present }
  /// Values seen, nulls included. More than ``present`` for elements, keys and repeated names.
  public var values: Int { types.reduce(0) { $0 + $1.count } }
  /// The name of a field; `nil` for elements and keys.
  public var name: String? { if case .field(let name) = step { name } else { nil } }
  /// The elements of its arrays; `nil` when none was seen.
  public var element: InferredField? { children.first { $0.step == .element } }
  /// The values of its documents that are maps; `nil` when there are none.
  public var anyKey: InferredField? { children.first { $0.step == .anyKey } }
  /// The fields of its documents.
  public var fields: [InferredField] { children.filter { $0.name != nil } }

  /// How often a type was seen.
  public func count(of kind: BSONKind) -> Int { types.reduce(0) { $1.kind == kind ? $0 + $1.count : $0 } }

  /// How a path goes on with a name or another step.
  static func path(_ path: String, _ step: Step) -> String {
    switch step {
    case .element: path + "[]"
    case .anyKey: path.isEmpty ? "{key}" : path + ".{key}"
    case .field(let name): (path.isEmpty ? "" : path + ".") + quoted(name)
    }
  }

  private static func quoted(_ name: String) -> String {
    guard name.isEmpty || name.utf8.contains(where: { ".[]{}\"".utf8.contains($0) }) else { return name }
    var text = "\""
    for character in name { text += character == "\"" ? "\"\"" : String(character) }
    return text + "\""
  }
}
