/// What the documents of a collection were seen to be.
public struct InferredSchema: Sendable, Hashable {
  /// Documents that were read.
  public var documents: Int
  /// Documents that could not be read to their end, which count nowhere else.
  public var malformed: Int
  public var population: InferencePopulation
  /// Values at paths beyond the bound, or deeper than it; their paths are not in the schema.
  public var unfollowed: Int
  /// The fields of the documents, in the order in which they were first seen, `_id` first.
  public var fields: [InferredField]

  public init(
    documents: Int, malformed: Int = 0, population: InferencePopulation = .everything, unfollowed: Int = 0,
    fields: [InferredField]
  ) {
    self.documents = documents
    self.malformed = malformed
    self.population = population
    self.unfollowed = unfollowed
    self.fields = fields
  }

  /// Every path, what holds others before what is in it.
  public var allFields: [InferredField] {
    var all: [InferredField] = []
    Self.collect(fields, &all)
    return all
  }

  /// What was seen at a path; `nil` when nothing was.
  public subscript(path: String) -> InferredField? { allFields.first { $0.path == path } }

  private static func collect(_ fields: [InferredField], _ all: inout [InferredField]) {
    for field in fields {
      all.append(field)
      collect(field.children, &all)
    }
  }
}
