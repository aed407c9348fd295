public import DBAdapterCore

extension BSONValue {
  /// The value as results show it: what Core's values describe as one of them, all else as a native value under the server's name of
  /// its type, with canonical Extended JSON as its text.
  ///
  /// An `int32` and an `int64` both become an integer. A document with a name or a depth that cannot be shown is native too, with its bytes.
  public var resultValue: DBValue { resultValue(depth: 0) }

  private func resultValue(depth: Int) -> DBValue {
    switch self {
    case .double(let number): .double(number)
    case .string(let text): .text(text)
    case .document(let document): Self.resultValue(of: document, depth: depth) ?? native(document.bytes)
    case .array(let array): Self.resultValue(of: array, depth: depth) ?? native(array.document.bytes)
    case .binary(let binary):
      if let uuid = binary.uuid {
        .uuid(uuid)
      } else if binary.subtype == 0 {
        .bytes(DBBytes(binary.payload))
      } else {
        json
      }
    case .objectID(let id): .native(DBNative(typeName: kind.name, text: id.description))
    case .bool(let value): .bool(value)
    case .date(let date):
      date.timestamp.map { .timestamp($0) } ?? .native(DBNative(typeName: kind.name, text: date.description))
    case .null: .null
    case .int32(let number): .int(Int64(number))
    case .int64(let number): .int(number)
    case .decimal128(let number): Self.resultValue(of: number)
    case .invalidText(let text): native(kind == .string ? text.bytes.bytes[...] : text.encoded[...])
    case .undefined, .regex, .dbPointer, .code, .symbol, .codeWithScope, .timestamp, .minKey, .maxKey: json
    }
  }

  private func native(_ bytes: ArraySlice<UInt8>) -> DBValue {
    .native(DBNative(typeName: kind.name, bytes: DBBytes(bytes)))
  }

  private var json: DBValue { .native(DBNative(typeName: kind.name, text: extendedJSON(.canonical))) }

  private static func resultValue(of document: BSONDocument, depth: Int) -> DBValue? {
    guard depth < BSONDocument.deepest, document.hasValidNames else { return nil }
    return .document(
      DBDocument(document.map { DBDocument.Field($0.name, $0.value.resultValue(depth: depth + 1)) }))
  }

  private static func resultValue(of array: BSONArray, depth: Int) -> DBValue? {
    guard depth < BSONDocument.deepest else { return nil }
    return .array(DBArray(array.map { $0.resultValue(depth: depth + 1) }))
  }

  /// A decimal where its digits alone say which of the equal decimals it is.
  private static func resultValue(of number: BSONDecimal128) -> DBValue {
    let text = number.description
    let isShort = number.isNaN || number.isInfinite || plainExponents.contains(number.parts.exponent)
    if isShort, let decimal = DBDecimal(text), BSONDecimal128(decimal.description) == number {
      return .decimal(decimal)
    }
    return .native(DBNative(typeName: BSONKind.decimal128.name, text: text))
  }

  /// Those whose digits, written without an exponent, have at most some forty zeros before them.
  private static let plainExponents = -40...0
}

extension BSONDocument {
  fileprivate var hasValidNames: Bool {
    withUnsafeBytes { document in
      var reader = BSONReader(document)
      while let element = reader.next() { if !BSONText.isValid(element.name) { return false } }
      return true
    }
  }
}

extension BSONValue {
  /// The value that a bound value becomes in a document.
  ///
  /// Integers become an `int32` where they fit, else an `int64`, else a decimal. A timestamp becomes a date, whatever is below its millisecond cut
  /// off, as all drivers do; a local one is taken as UTC; a calendar date becomes its midnight in UTC. A time of day and an interval become
  /// their text. JSON is read as Extended JSON. A native value of a type of BSON becomes exactly that type.
  /// - Throws: ``BSONError`` for a decimal of more than 34 digits, an infinite moment, a native value of another engine, and for documents
  ///   nested more than 200 deep.
  public init(_ value: DBValue) throws(BSONError) { try self.init(value, depth: 0) }

  private init(_ value: DBValue, depth: Int) throws(BSONError) {
    switch value {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .int(let number): self.init(number)
    case .uint(let number):
      if let signed = Int64(exactly: number) {
        self.init(signed)
      } else {
        self = .decimal128(BSONDecimal128(isNegative: false, coefficient: UInt128(number), exponent: 0))
      }
    case .double(let number): self = .double(number)
    case .decimal(let decimal):
      guard let number = BSONDecimal128(decimal.description) else {
        throw BSONError(
          "a decimal has at most 34 digits in BSON; \(decimal.description.utf8.count) characters are given")
      }
      self = .decimal128(number)
    case .text(let text): self = .string(text)
    case .bytes(let bytes): self = .binary(BSONBinary(bytes: bytes.bytes))
    case .uuid(let uuid): self = .binary(BSONBinary(uuid))
    case .date(let date):
      guard date.isFinite else { throw BSONError("BSON has no infinite date") }
      self = .date(BSONDate(millisecondsSince1970: Int64(date.daysSinceUnixEpoch) * 86_400_000))
    case .timestamp(let timestamp):
      guard timestamp.isFinite, let date = BSONDate(timestamp) else {
        throw BSONError("the timestamp \(timestamp) is outside the range of dates")
      }
      self = .date(date)
    case .time, .interval: self = .string(value.description)
    case .json(let json): try self.init(extendedJSON: json.text)
    case .array(let array):
      try Self.checkDepth(depth)
      var values: [BSONValue] = []
      values.reserveCapacity(array.elements.count)
      for element in array.elements { values.append(try BSONValue(element, depth: depth + 1)) }
      self = .array(try BSONArray(values))
    case .document(let document): self = .document(try BSONDocument(document, depth: depth))
    case .native(let native): try self.init(native)
    }
  }

  fileprivate static func element(_ value: DBValue, depth: Int) throws(BSONError) -> BSONValue {
    try BSONValue(value, depth: depth)
  }

  fileprivate static func checkDepth(_ depth: Int) throws(BSONError) {
    guard depth < BSONDocument.deepest else {
      throw BSONError("documents are nested more than \(BSONDocument.deepest) deep")
    }
  }

  private init(_ native: DBNative) throws(BSONError) {
    guard let kind = BSONKind(name: native.typeName) else {
      throw BSONError("\"\(native.typeName)\" is no type of BSON")
    }
    let value: BSONValue?
    switch native.payload {
    case .bytes(let bytes): value = try Self.value(kind, bytes.bytes)
    case .text(let text): value = try Self.value(kind, text)
    }
    guard let value else { throw BSONError("the native value is no \(kind.name)") }
    self = value
  }

  /// The value that stands in a document as these bytes; of a string its bytes alone.
  private static func value(_ kind: BSONKind, _ bytes: [UInt8]) throws(BSONError) -> BSONValue? {
    if kind == .binary { return .binary(BSONBinary(bytes: bytes)) }
    var writer = BSONWriter(reserving: bytes.count + 16)
    writer.begin(kind, position: 0)
    if kind == .string { writer.append(text: bytes) } else { writer.append(encoded: bytes) }
    let document = try BSONDocument(validating: writer.finish().bytes)
    guard document.count == 1 else { return nil }
    return document.first { _ in true }?.value
  }

  /// The value of plain text where the type has such, else of Extended JSON.
  private static func value(_ kind: BSONKind, _ text: String) throws(BSONError) -> BSONValue? {
    switch kind {
    case .string: return .string(text)
    case .objectID: if let id = BSONObjectID(text) { return .objectID(id) }
    case .int32: if let number = Int32(text) { return .int32(number) }
    case .int64: if let number = Int64(text) { return .int64(number) }
    case .double: if let number = Double(text) { return .double(number) }
    case .decimal128: if let number = BSONDecimal128(text) { return .decimal128(number) }
    case .date: if let date = BSONDate.read(text) { return .date(date) }
    default: break
    }
    let value = try BSONValue(extendedJSON: text)
    return value.kind == kind ? value : nil
  }
}

extension BSONKind {
  /// The type of a name of the server: `objectId`, `long`; `nil` for any other text.
  public init?(name: String) {
    guard let kind = Self.kinds[name] else { return nil }
    self = kind
  }

  private static let kinds = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })
}

extension BSONDocument {
  /// A document of bound values, order and duplicate names kept; see ``BSONValue/init(_:)-(DBValue)``.
  /// - Throws: ``BSONError`` for values that BSON has not, a name with a zero byte, and documents nested more than 200 deep.
  public init(_ document: DBDocument) throws(BSONError) { try self.init(document, depth: 0) }

  fileprivate init(_ document: DBDocument, depth: Int) throws(BSONError) {
    try BSONValue.checkDepth(depth)
    var writer = BSONWriter()
    for field in document.fields { try writer.append(field.name, BSONValue.element(field.value, depth: depth + 1)) }
    self = try writer.finish()
  }
}
