/// What a collection's validator declares of its documents: its `$jsonSchema`, read.
///
/// The words of JSON Schema that say what fields there are and of which type are understood; limits are kept as text, and so
/// is what is not understood, under its own word.
public struct ValidatorSchema: Sendable, Hashable {
  /// A declared field.
  public struct Property: Sendable, Hashable {
    public var name: String
    public var schema: ValidatorSchema

    public init(_ name: String, _ schema: ValidatorSchema) {
      self.name = name
      self.schema = schema
    }
  }

  /// A word and what stands for it, as relaxed Extended JSON.
  public struct Rule: Sendable, Hashable, CustomStringConvertible {
    public var keyword: String
    public var text: String

    public init(_ keyword: String, _ text: String) {
      self.keyword = keyword
      self.text = text
    }

    /// `minimum: 0`.
    public var description: String { "\(keyword): \(text)" }
  }

  /// What a document may have beside its declared fields.
  public indirect enum AdditionalFields: Sendable, Hashable {
    case allowed
    case forbidden
    case matching(ValidatorSchema)
  }

  /// What the elements of an array have to be.
  public indirect enum Items: Sendable, Hashable {
    case any
    case every(ValidatorSchema)
    /// The first element, the second one, …
    case each([ValidatorSchema])
  }

  /// The types a value may have, by the server's names (`objectId`, `number` for any number); empty when any may be.
  public var types: [String]
  public var required: [String]
  public var properties: [Property]
  public var additionalFields: AdditionalFields
  public var items: Items
  public var title: String?
  public var explanation: String?
  /// Limits on values: `minimum`, `enum`, `pattern`, …
  public var limits: [Rule]
  /// Words that are not understood, and conditions of the validator beside its `$jsonSchema`.
  public var others: [Rule]

  public init(
    types: [String] = [], required: [String] = [], properties: [Property] = [],
    additionalFields: AdditionalFields = .allowed, items: Items = .any, title: String? = nil,
    explanation: String? = nil, limits: [Rule] = [], others: [Rule] = []
  ) {
    self.types = types
    self.required = required
    self.properties = properties
    self.additionalFields = additionalFields
    self.items = items
    self.title = title
    self.explanation = explanation
    self.limits = limits
    self.others = others
  }

  /// The declaration of a field; `nil` when there is none.
  public subscript(name: String) -> ValidatorSchema? { properties.first { $0.name == name }?.schema }

  /// Whether a value of a type is permitted.
  public func permits(_ kind: BSONKind) -> Bool {
    types.isEmpty || types.contains(kind.name) || types.contains("number") && Self.numbers.contains(kind)
  }

  private static let numbers: Set<BSONKind> = [.double, .int32, .int64, .decimal128]

  /// Whether it says something of fields that is not understood.
  var hasOtherFields: Bool {
    others.contains { ["patternProperties", "anyOf", "allOf", "oneOf", "dependencies"].contains($0.keyword) }
  }
}
