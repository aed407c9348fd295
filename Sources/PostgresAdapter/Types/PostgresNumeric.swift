internal import DBAdapterCore

/// The binary form of `numeric`: groups of four decimal digits (`numeric_send` in the server's sources).
enum PostgresNumeric {
  private static let positive: UInt16 = 0x0000
  private static let negative: UInt16 = 0x4000
  private static let notANumber: UInt16 = 0xC000
  private static let infinity: UInt16 = 0xD000
  private static let negativeInfinity: UInt16 = 0xF000

  static func decode(_ bytes: UnsafeRawBufferPointer) -> DBDecimal? {
    var reader = PostgresReader(bytes)
    guard let count = reader.integer(Int16.self), let weight = reader.integer(Int16.self),
      let sign = reader.integer(UInt16.self), let scale = reader.integer(Int16.self), count >= 0, scale >= 0
    else { return nil }
    switch sign {
    case notANumber: return .notANumber
    case infinity: return .infinity
    case negativeInfinity: return .negativeInfinity
    default: break
    }
    var groups: [Int16] = []
    groups.reserveCapacity(Int(count))
    for _ in 0..<count {
      guard let group = reader.integer(Int16.self), (0..<10_000).contains(group) else { return nil }
      groups.append(group)
    }
    return DBDecimal(canonical: text(groups, weight: Int(weight), scale: Int(scale), isNegative: sign == negative))
  }

  private static func text(_ groups: [Int16], weight: Int, scale: Int, isNegative: Bool) -> String {
    var digits: [UInt8] = []
    digits.reserveCapacity((max(weight, 0) + 1) * 4 + scale + 2)
    if isNegative { digits.append(UInt8(ascii: "-")) }
    if weight < 0 {
      digits.append(UInt8(ascii: "0"))
    } else {
      for position in 0...weight { append(group(groups, position), isFirst: position == 0, to: &digits) }
    }
    guard scale > 0 else { return String(decoding: digits, as: UTF8.self) }
    digits.append(UInt8(ascii: "."))
    let end = digits.count + scale
    var position = weight + 1
    while digits.count < end {
      append(group(groups, position), isFirst: false, to: &digits)
      position += 1
    }
    return String(decoding: digits[..<end], as: UTF8.self)
  }

  private static func group(_ groups: [Int16], _ position: Int) -> Int16 {
    groups.indices.contains(position) ? groups[position] : 0
  }

  private static func append(_ group: Int16, isFirst: Bool, to digits: inout [UInt8]) {
    var divisor: Int16 = 1_000
    var isLeading = isFirst
    while divisor > 0 {
      let digit = UInt8(group / divisor % 10)
      if digit != 0 || !isLeading || divisor == 1 {
        digits.append(UInt8(ascii: "0") + digit)
        isLeading = false
      }
      divisor /= 10
    }
  }

  static func encode(_ decimal: DBDecimal, into bytes: inout [UInt8]) {
    guard decimal.isFinite else {
      let sign = decimal.isNaN ? notANumber : decimal == .infinity ? infinity : negativeInfinity
      for field in [0, 0, sign, 0] as [UInt16] { bytes.append(bigEndian: field) }
      return
    }
    var text = decimal.description.utf8[...]
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative { text = text.dropFirst() }
    let whole = Array(text.prefix { $0 != UInt8(ascii: ".") })
    let fraction = Array(text.dropFirst(whole.count + 1))
    // Groups of four are aligned to the point.
    let wholePadding = (4 - whole.count % 4) % 4
    let fractionPadding = (4 - fraction.count % 4) % 4
    let zero = UInt8(ascii: "0")
    let digits =
      Array(repeating: zero, count: wholePadding) + whole + fraction + Array(repeating: zero, count: fractionPadding)
    var groups: [Int16] = stride(from: 0, to: digits.count, by: 4).map { start in
      digits[start..<(start + 4)].reduce(0) { $0 * 10 + Int16($1 - zero) }
    }
    var weight = (whole.count + wholePadding) / 4 - 1
    while groups.first == 0 {
      groups.removeFirst()
      weight -= 1
    }
    while groups.last == 0 { groups.removeLast() }
    if groups.isEmpty { weight = 0 }
    bytes.append(bigEndian: Int16(groups.count))
    bytes.append(bigEndian: Int16(weight))
    bytes.append(bigEndian: isNegative ? negative : positive)
    bytes.append(bigEndian: Int16(fraction.count))
    for group in groups { bytes.append(bigEndian: group) }
  }
}

extension [UInt8] {
  mutating func append(bigEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}
