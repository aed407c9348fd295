internal import DBAdapterCore

extension DBType.Kind {
  /// Whether values of the type usually are text as it stands; for others asking for the value at once is quicker.
  var isTextual: Bool {
    switch self {
    case .text, .enumeration, .native, .unknown: true
    default: false
    }
  }
}

extension DBType {
  /// Whether a column may hold both text and bytes, so that in JSON, where both are strings, bytes have to say that they are bytes. A column
  /// without a type of its own (an expression of SQLite) promises nothing, and lists of one type name it: `bytea[]`.
  var mixesBytes: Bool {
    switch kind {
    case .text, .native: true
    case .unknown: !nativeName.isEmpty
    case .array, .document: !nativeName.hasSuffix("[]")
    default: false
    }
  }
}
