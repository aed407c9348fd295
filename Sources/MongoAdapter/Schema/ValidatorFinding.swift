/// A difference between what a collection's validator declares and what its documents are.
public struct ValidatorFinding: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Declared, and in no document that was read.
    case neverSeen
    /// Seen, and not declared; other fields are allowed.
    case undeclared
    /// Seen, and not declared, where the validator forbids other fields.
    case forbidden
    /// A type outside the declared ones.
    case type
    /// Required, and not in every document.
    case missing
  }

  public var kind: Kind
  /// As in ``InferredField/path``.
  public var path: String
  /// What differs, as a sentence without a full stop.
  public var sentence: String
  /// How many documents, or values, among those that were read. 0 for what was never seen.
  public var count: Int
  /// Out of how many.
  public var total: Int

  public init(_ kind: Kind, path: String, sentence: String, count: Int, of total: Int) {
    self.kind = kind
    self.path = path
    self.sentence = sentence
    self.count = count
    self.total = total
  }

  /// Whether documents that were read violate the validator here.
  public var isViolation: Bool { kind == .forbidden || kind == .type || kind == .missing }
}
