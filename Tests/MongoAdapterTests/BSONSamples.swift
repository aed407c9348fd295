@testable import MongoAdapter

/// Numbers that are the same for the same seed (SplitMix64).
struct BSONSeed: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

/// Values of every type, made up.
struct BSONSamples {
  var random: BSONSeed

  init(seed: UInt64) { random = BSONSeed(seed) }

  mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

  mutating func text() -> String {
    let alphabets = ["abc", "äöüß", "日本語", "😀👩‍👩‍👧", "\"\\/\n\t\u{0}\u{7F}", "$.", " "]
    var text = ""
    for _ in 0..<int(0...12) {
      let alphabet = alphabets[int(0...alphabets.count - 1)]
      text.append(alphabet[alphabet.index(alphabet.startIndex, offsetBy: int(0...alphabet.count - 1))])
    }
    return text
  }

  mutating func name() -> String { text().replacing("\u{0}", with: "") }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) } }

  mutating func double() -> Double {
    switch int(0...5) {
    case 0: Double(int(-1_000...1_000)) / 8
    case 1: [0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, .greatestFiniteMagnitude][int(0...6)]
    default: Double(bitPattern: random.next())
    }
  }

  mutating func decimal() -> BSONDecimal128 {
    switch int(0...4) {
    case 0: [.notANumber, .infinity, .negativeInfinity][int(0...2)]
    case 1:
      BSONDecimal128(isNegative: int(0...1) == 1, coefficient: 0, exponent: int(-6_176...6_111))
    default:
      BSONDecimal128(
        isNegative: int(0...1) == 1, coefficient: UInt128(random.next()) << 48 | UInt128(random.next() >> 16),
        exponent: int(-6_176...6_111))
    }
  }

  mutating func scalar() -> BSONValue {
    switch int(0...18) {
    case 0: .double(double())
    case 1: .string(text())
    case 2: .binary(BSONBinary(subtype: UInt8(int(0...255)), bytes: bytes(int(0...20))))
    case 3: .undefined
    case 4: .objectID(BSONObjectID())
    case 5: .bool(int(0...1) == 1)
    case 6: .date(BSONDate(millisecondsSince1970: Int64(bitPattern: random.next()) >> Int64(int(0...40))))
    case 7: .null
    case 8: .regex(BSONRegex(unchecked: name(), options: "im"))
    case 9: .dbPointer(BSONDBPointer(namespace: text(), id: BSONObjectID()))
    case 10: .code(text())
    case 11: .symbol(text())
    case 12: .int32(Int32(truncatingIfNeeded: random.next()) >> Int32(int(0...31)))
    case 13: .timestamp(BSONTimestamp(rawValue: random.next()))
    case 14: .int64(Int64(bitPattern: random.next()) >> Int64(int(0...63)))
    case 15: .decimal128(decimal())
    case 16: .minKey
    case 17: .maxKey
    default: .binary(BSONBinary(subtype: 4, bytes: bytes(16)))
    }
  }

  mutating func value(depth: Int) throws -> BSONValue {
    switch depth > 0 ? int(0...9) : 9 {
    case 0, 1: return .document(try document(depth: depth - 1))
    case 2: return .array(try BSONArray((0..<int(0...12)).map { _ in try value(depth: depth - 1) }))
    case 3: return .codeWithScope(BSONCodeWithScope(code: text(), scope: try document(depth: depth - 1)))
    default: return scalar()
    }
  }

  mutating func elements(depth: Int) throws -> [(String, BSONValue)] {
    try (0..<int(0...8)).map { _ in (name(), try value(depth: depth)) }
  }

  mutating func document(depth: Int) throws -> BSONDocument { try BSONDocument(elements(depth: depth)) }

  /// A document in documents and lists, `depth` of them with itself.
  static func nested(_ depth: Int) throws -> BSONDocument {
    var value: BSONValue = ["leaf": 1]
    for level in 2..<depth {
      value = level.isMultiple(of: 2) ? .array(try BSONArray([value])) : .document(try BSONDocument([("d", value)]))
    }
    return try BSONDocument([("d", value)])
  }
}
