public import DBAdapterCore

/// A value whose text is not UTF-8, which the specification excludes and the server does not prevent. It is written back as it came.
public struct BSONInvalidText: Sendable, Hashable {
  /// A string, code, a symbol, a regular expression, a pointer or code with a scope.
  public let kind: BSONKind
  /// The value as it stands in its document.
  let encoded: [UInt8]

  init(kind: BSONKind, encoded: [UInt8]) {
    self.kind = kind
    self.encoded = encoded
  }

  /// The bytes of the text of a string, code or a symbol; of other kinds the whole value as it stands in its document.
  public var bytes: DBBytes {
    switch kind {
    case .string, .code, .symbol: DBBytes(encoded.dropFirst(4).dropLast())
    default: DBBytes(encoded)
    }
  }
}
