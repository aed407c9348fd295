public import DBAdapterCore

extension InferredSchema {
  /// The paths as columns, in the order of ``allFields``; what a validator declares stands beside what was seen, and what
  /// it declares and no document has follows at the end.
  ///
  /// A column is nullable where a document lacks it or has null there, and where not every document was read: of a
  /// sample only `_id`, which the server adds where it is missing, is certain.
  public func columns(declared validator: ValidatorSchema? = nil) -> [ColumnInfo] {
    let declared = validator?.fields ?? []
    let declarations = Dictionary(declared.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    var columns: [ColumnInfo] = []
    for field in allFields {
      columns.append(field.column(position: columns.count + 1, declarations[field.path], isSample: isSample))
    }
    let seen = Set(columns.map(\.name))
    for field in declared where !seen.contains(field.path) {
      columns.append(field.unseenColumn(position: columns.count + 1))
    }
    return columns
  }

  private var isSample: Bool {
    guard case .sample(let total) = population else { return false }
    return total.map { documents < $0 } ?? true
  }
}

extension InferredType {
  /// The type as the schema model of all engines has it.
  public var type: DBType { DBType(isUUID ? .uuid : kind.typeKind, nativeName: name) }
}

extension InferredField {
  fileprivate func column(position: Int, _ declared: DeclaredField?, isSample: Bool) -> ColumnInfo {
    let observed = types.map { ObservedType($0.type, count: $0.count, interval: $0.share.interval) }
    // Null is no answer to the question what a field is, unless there is no other.
    let main = types.first { $0.kind != .null } ?? types.first
    return ColumnInfo(
      name: path, position: position, type: main?.type ?? DBType(.unknown, nativeName: "unknown"),
      isNullable: missing > 0 || count(of: .null) > 0 || isSample && path != "_id",
      comment: declared?.schema.explanation,
      presence: presence.value, presenceInterval: presence.interval, observedTypes: observed, lengths: arrayLengths,
      examples: examples.compactMap { $0.value?.resultValue }, declaration: declared?.declaration)
  }
}

extension DeclaredField {
  fileprivate func unseenColumn(position: Int) -> ColumnInfo {
    let kind = schema.types.count == 1 ? BSONKind.allCases.first { $0.name == schema.types[0] } : nil
    let name = schema.types.isEmpty ? "unknown" : schema.types.joined(separator: " or ")
    return ColumnInfo(
      name: path, position: position, type: DBType(kind?.typeKind ?? .unknown, nativeName: name),
      isNullable: !isRequired, comment: schema.explanation, presence: 0, declaration: declaration)
  }
}

extension BSONKind {
  /// What values of the type are in any engine.
  var typeKind: DBType.Kind {
    switch self {
    case .double: .float
    case .string, .symbol, .code: .text
    case .document: .document
    case .array: .array
    case .binary: .bytes
    case .bool: .boolean
    case .date: .timestamp
    case .int32, .int64: .integer
    case .decimal128: .decimal
    case .null, .undefined: .unknown
    case .objectID, .regex, .dbPointer, .codeWithScope, .timestamp, .minKey, .maxKey: .native
    }
  }
}
