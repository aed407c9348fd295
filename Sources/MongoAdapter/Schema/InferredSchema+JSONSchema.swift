extension InferredSchema {
  /// A `$jsonSchema` that the documents fulfil, as far as the options are not stricter than they are: types, required
  /// fields, and what is inside documents and arrays. The server takes it in a validator: `{ $jsonSchema: … }`.
  /// - Throws: ``BSONError`` when a field's name holds a zero byte, which no document's does.
  public func jsonSchema(_ options: JSONSchemaOptions = JSONSchemaOptions()) throws(BSONError) -> BSONDocument {
    var members: [(String, BSONValue)] = [("bsonType", .string(BSONKind.document.name))]
    if let title = options.title { members.append(("title", .string(title))) }
    members += try JSONSchemaWriting(options: options, isWhole: unfollowed == 0).members(of: fields)
    return try BSONDocument(members)
  }
}

private struct JSONSchemaWriting {
  let options: JSONSchemaOptions
  /// Whether every path was followed.
  let isWhole: Bool

  /// What a schema says of what is inside documents and arrays.
  func members(of children: [InferredField]) throws(BSONError) -> [(String, BSONValue)] {
    var members: [(String, BSONValue)] = []
    let fields = children.filter { $0.name != nil }
    let anyKey = children.first { $0.step == .anyKey }
    let required = fields.filter { field in options.requiredPresence.map { field.presence.value >= $0 } ?? false }
    if !required.isEmpty {
      members.append(("required", .array(try BSONArray(required.map { BSONValue.string($0.name ?? "") }))))
    }
    if !fields.isEmpty {
      var properties: [(String, BSONValue)] = []
      for field in fields { properties.append((field.name ?? "", try schema(of: field))) }
      members.append(("properties", .document(try BSONDocument(properties))))
    }
    if let anyKey {
      members.append(("additionalProperties", try schema(of: anyKey)))
    } else if !fields.isEmpty, isWhole, !options.allowsOtherFields {
      members.append(("additionalProperties", .bool(false)))
    }
    if let element = children.first(where: { $0.step == .element }) {
      members.append(("items", try schema(of: element)))
    }
    return members
  }

  private func schema(of field: InferredField) throws(BSONError) -> BSONValue {
    var kinds: [BSONKind] = []
    for type in field.types where type.share.value >= options.minimumTypeShare && !kinds.contains(type.kind) {
      kinds.append(type.kind)
    }
    var members: [(String, BSONValue)] = []
    switch kinds.count {
    case 0: break
    case 1: members.append(("bsonType", .string(kinds[0].name)))
    default: members.append(("bsonType", .array(try BSONArray(kinds.map { BSONValue.string($0.name) }))))
    }
    let inside = field.children.filter { kinds.contains($0.step == .element ? .array : .document) }
    members += try self.members(of: inside)
    return .document(try BSONDocument(members))
  }
}
