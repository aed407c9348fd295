internal import DBAdapterCore

/// Chooses Swift types for what was seen.
struct SwiftTypeChoice {
  /// More alternatives than these are a ``BSONValue``.
  private static let mostChoices = 4

  /// - Parameter used: names of the types around it.
  func structure(_ name: String, _ fields: [InferredField], used: Set<String>) -> SwiftStructure {
    // A field whose name is a Swift name keeps it, whatever comes before it.
    let kept = Set(fields.compactMap(\.name).filter { SwiftNames.property($0) == $0 })
    var propertyNames = kept
    var typeNames = used.union([name])
    var properties: [SwiftStructure.Property] = []
    for field in fields {
      guard let fieldName = field.name else { continue }
      var type = type(of: field, named: fieldName, &typeNames)
      if field.missing > 0, field.count(of: .null) == 0 { type = .optional(type) }
      properties.append(
        SwiftStructure.Property(
          name: kept.contains(fieldName)
            ? fieldName : SwiftNames.unused(SwiftNames.property(fieldName), &propertyNames), field: fieldName,
          type: type,
          comment: Self.comment(field)))
    }
    return SwiftStructure(name: name, properties: properties)
  }

  /// `In 60 % of the documents. Seen as string (90 %), int (10 %).`; `nil` where there is nothing to say.
  private static func comment(_ field: InferredField) -> String? {
    var parts: [String] = []
    if field.missing > 0 { parts.append("In \(Coverage.percent(field.presence.value)) of the documents.") }
    if field.types.count > 1 {
      parts.append(
        "Seen as "
          + field.types.map { "\($0.name) (\(Coverage.percent($0.share.value)))" }.joined(separator: ", ") + ".")
    }
    if field.anyKey != nil, !field.fields.isEmpty { parts.append("Has other keys, which are not read.") }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }

  private func type(of field: InferredField, named name: String, _ used: inout Set<String>) -> SwiftType {
    var choices: [SwiftChoice] = []
    var kinds = Set(field.types.filter { $0.kind != .null && !$0.isUUID }.map(\.kind))
    if kinds.isSuperset(of: [.int32, .int64]) { kinds.remove(.int64) }
    let hasDoubles = kinds.contains(.double)
    for type in field.types where type.kind != .null {
      if type.isUUID {
        choices.append(SwiftChoice(name: "uuid", type: .named("DBUUID"), kinds: [.binary]))
      } else if kinds.remove(type.kind) != nil {
        choices.append(choice(type.kind, field, name, hasDoubles: hasDoubles, &used))
      }
    }
    var unique: [SwiftChoice] = []
    for choice in choices where !unique.contains(where: { $0.name == choice.name }) { unique.append(choice) }
    let isExact = Set(unique.flatMap(\.kinds)).count == unique.reduce(0) { $0 + $1.kinds.count }
    let type: SwiftType
    switch unique.count {
    case 0: type = .named("BSONValue")
    case 1: type = unique[0].type
    case ...Self.mostChoices where isExact && !unique.contains { $0.type == .named("BSONValue") }:
      let owner = SwiftNames.type(name)
      type = .choice(name: SwiftNames.unused(used.contains(owner) ? owner + "Value" : owner, &used), unique)
    default: type = .named("BSONValue")
    }
    return field.count(of: .null) > 0 ? .optional(type) : type
  }

  private func choice(
    _ kind: BSONKind, _ field: InferredField, _ name: String, hasDoubles: Bool, _ used: inout Set<String>
  ) -> SwiftChoice {
    let integers: [BSONKind] = [.int32, .int64]
    switch kind {
    case .double where field.types.contains { integers.contains($0.kind) }, .int32 where hasDoubles,
      .int64 where hasDoubles:
      return SwiftChoice(name: "double", type: .named("Double"), kinds: [.double] + integers)
    case .double: return SwiftChoice(name: "double", type: .named("Double"), kinds: [.double])
    case .int32, .int64: return SwiftChoice(name: "int", type: .named("Int"), kinds: integers)
    case .string: return SwiftChoice(name: "string", type: .named("String"), kinds: [kind])
    case .bool: return SwiftChoice(name: "bool", type: .named("Bool"), kinds: [kind])
    case .date: return SwiftChoice(name: "date", type: .named("DBTimestamp"), kinds: [kind])
    case .objectID: return SwiftChoice(name: "objectID", type: .named("BSONObjectID"), kinds: [kind])
    case .binary: return SwiftChoice(name: "bytes", type: .named("DBBytes"), kinds: [kind])
    case .decimal128: return SwiftChoice(name: "decimal", type: .named("DBDecimal"), kinds: [kind])
    case .timestamp: return SwiftChoice(name: "timestamp", type: .named("BSONTimestamp"), kinds: [kind])
    case .regex: return SwiftChoice(name: "regex", type: .named("BSONRegex"), kinds: [kind])
    case .dbPointer: return SwiftChoice(name: "pointer", type: .named("BSONDBPointer"), kinds: [kind])
    case .document: return SwiftChoice(name: "document", type: document(field, name, &used), kinds: [kind])
    case .array:
      let element = field.element.map { type(of: $0, named: SwiftNames.singular(name), &used) }
      return SwiftChoice(name: "list", type: .list(element ?? .named("BSONValue")), kinds: [kind])
    case .undefined, .null, .code, .symbol, .codeWithScope, .maxKey, .minKey:
      return SwiftChoice(name: "value", type: .named("BSONValue"), kinds: [kind])
    }
  }

  /// A structure; a dictionary for a map. Of a map with fields that most documents have, only these are read.
  private func document(_ field: InferredField, _ name: String, _ used: inout Set<String>) -> SwiftType {
    let fields = field.fields
    if fields.isEmpty {
      return .dictionary(
        field.anyKey.map { type(of: $0, named: SwiftNames.singular(name), &used) } ?? .named("BSONValue"))
    }
    let typeName = SwiftNames.unused(SwiftNames.type(name), &used)
    return .structure(structure(typeName, fields, used: used))
  }
}
