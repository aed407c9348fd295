@testable import MongoAdapter

/// A value of a document that a test makes up.
indirect enum MadeValue: Sendable {
  case int(Int32)
  case long(Int64)
  case double(Double)
  case string(String)
  case bool(Bool)
  case null
  case date(Int64)
  case objectID(UInt64)
  case uuid(UInt64)
  case binary([UInt8])
  case decimal
  case document([(String, MadeValue)])
  case array([MadeValue])

  fileprivate var kind: BSONKind {
    switch self {
    case .int: .int32
    case .long: .int64
    case .double: .double
    case .string: .string
    case .bool: .bool
    case .null: .null
    case .date: .date
    case .objectID: .objectID
    case .uuid, .binary: .binary
    case .decimal: .decimal128
    case .document: .document
    case .array: .array
    }
  }

  fileprivate func append(to bytes: inout [UInt8]) {
    switch self {
    case .int(let value): bytes.append(number: value)
    case .long(let value), .date(let value): bytes.append(number: value)
    case .double(let value): bytes.append(number: value.bitPattern)
    case .string(let text):
      bytes.append(number: Int32(text.utf8.count + 1))
      bytes += Array(text.utf8) + [0]
    case .bool(let flag): bytes.append(flag ? 1 : 0)
    case .null: break
    case .objectID(let id):
      bytes.append(number: UInt32(0x50AB_CDEF))
      bytes.append(number: id)
    case .uuid(let id):
      bytes.append(number: Int32(16))
      bytes.append(4)
      bytes.append(number: id)
      bytes.append(number: ~id)
    case .binary(let data):
      bytes.append(number: Int32(data.count))
      bytes += [0] + data
    case .decimal: bytes += [1] + Array(repeating: 0, count: 13) + [0x40, 0x30]
    case .document(let fields): bytes += MadeValue.bytes(fields)
    case .array(let values): bytes += MadeValue.bytes(values.enumerated().map { ("\($0.offset)", $0.element) })
    }
  }

  /// A document as BSON.
  static func bytes(_ fields: [(String, MadeValue)]) -> [UInt8] {
    var bytes: [UInt8] = [0, 0, 0, 0]
    for (name, value) in fields {
      bytes.append(value.kind.rawValue)
      bytes += Array(name.utf8) + [0]
      value.append(to: &bytes)
    }
    bytes.append(0)
    let count = Int32(bytes.count)
    withUnsafeBytes(of: count.littleEndian) { bytes.replaceSubrange(0..<4, with: $0) }
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func append(number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}

extension MongoInference {
  mutating func add(_ fields: [(String, MadeValue)]) { MadeValue.bytes(fields).withUnsafeBytes { add($0) } }

  static func schema(
    _ documents: [[(String, MadeValue)]], options: InferenceOptions = InferenceOptions(),
    of population: InferencePopulation = .everything
  ) -> InferredSchema {
    var inference = MongoInference(options)
    for document in documents { inference.add(document) }
    return inference.finish(of: population)
  }
}

/// Random numbers that are the same in every run (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }

  mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }
}

/// Documents of a shape that is known: orders of a shop, with what a schema has to tell apart.
struct MadeOrders {
  var random: SeededNumbers
  private(set) var made = 0

  init(seed: UInt64) { random = SeededNumbers(seed: seed) }

  mutating func next() -> [(String, MadeValue)] {
    made += 1
    var fields: [(String, MadeValue)] = [("_id", .objectID(UInt64(made)))]
    fields.append(("total", random.chance(0.3) ? .double(12.5) : .int(7)))
    if random.chance(0.6) { fields.append(("note", random.chance(0.25) ? .null : .string("by post"))) }
    if random.chance(0.9) {
      var address: [(String, MadeValue)] = [("city", .string("Bremen"))]
      if random.chance(0.5) { address.append(("zip", random.chance(0.1) ? .int(28_195) : .string("28195"))) }
      fields.append(("address", .document(address)))
    }
    let items = (0..<Int.random(in: 0...5, using: &random)).map { _ in
      var item: [(String, MadeValue)] = [("sku", .string("A-1"))]
      if random.chance(0.2) { item.append(("gift", .bool(true))) }
      return MadeValue.document(item)
    }
    fields.append(("items", .array(items)))
    if random.chance(0.4) {
      let cell: () -> MadeValue = { .array([.int(1), .double(0.5)]) }
      fields.append(("matrix", .array([cell(), cell()])))
    }
    return fields
  }
}
