internal import DBAdapterCore

/// Reads Extended JSON v2 into BSON, value after value, without anything in between.
///
/// A document whose first name is one of the type wrappers (`$oid`, `$date`, …) is written as any other, and then replaced by the value
/// it stands for.
struct ExtendedJSONParser {
  let text: [UInt8]
  var position = 0
  private(set) var writer: BSONWriter
  let dialect: Dialect
  /// The names and positions in which the value that is read stands. Kept only where there are holes.
  var path: [MongoPathStep] = []
  var holes: [MongoHole]
  var nextHole = 0
  /// Where the holes were that have been read.
  var filled: [MongoFilledHole] = []

  enum Dialect {
    /// JSON (RFC 8259) and the wrappers.
    case json
    /// What people write in the shell: names without quotes, comments, constructors.
    case shell
  }

  init(_ text: String) {
    self.init(Array(text.utf8), .json)
  }

  init(_ text: [UInt8], _ dialect: Dialect, holes: [MongoHole] = []) {
    self.text = text
    self.dialect = dialect
    self.holes = holes
    writer = BSONWriter(reserving: text.count)
  }

  /// The value that is all of the text.
  mutating func parseAll() throws(BSONError) -> BSONValue {
    let value = try parseValue()
    try skipSpace()
    guard position == text.count else { throw failure("expected the end of the text") }
    return value
  }

  /// The value that begins here.
  mutating func parseValue() throws(BSONError) -> BSONValue {
    writer = BSONWriter(reserving: writer.bytes.capacity)
    let start = writer.begin(.null, position: 0)
    try value(at: start, depth: 1)
    let document = try writer.finish()
    guard let value = document["0"] else { throw failure("expected a value") }
    return value
  }

  /// Appends the value that begins here.
  /// - Parameter start: where the type of its element stands.
  private mutating func value(at start: Int, depth: Int) throws(BSONError) {
    try skipSpace()
    switch peek() {
    case UInt8(ascii: "{"): try object(at: start, depth: depth)
    case UInt8(ascii: "["): try array(at: start, depth: depth)
    case UInt8(ascii: "\""):
      let content = try string()
      writer.replace(kind: .string, at: start)
      writer.append(text: content)
    case let byte? where byte == UInt8(ascii: "-") || isDigit(byte): try write(number(), at: start)
    case UInt8(ascii: "t") where takeWord("true"): try write(.bool(true), at: start)
    case UInt8(ascii: "f") where takeWord("false"): try write(.bool(false), at: start)
    case UInt8(ascii: "n") where takeWord("null"): try write(.null, at: start)
    case nil: throw failure("expected a value, and the text ends")
    default:
      guard dialect == .shell else { throw failure("expected a value") }
      try write(shellValue(), at: start)
    }
  }

  private mutating func write(_ value: BSONValue, at start: Int) throws(BSONError) {
    writer.replace(value, at: start, from: writer.bytes.count)
  }

  private mutating func object(at start: Int, depth: Int) throws(BSONError) {
    guard depth <= BSONDocument.deepest else {
      throw failure("documents are nested more than \(BSONDocument.deepest) deep")
    }
    let brace = position
    let valueStart = writer.bytes.count
    position += 1
    writer.replace(kind: .document, at: start)
    writer.beginDocument()
    var isWrapper = false
    var isFirst = true
    while try !endsList(UInt8(ascii: "}"), isFirst: isFirst) {
      let nameStart = position
      let name = try name()
      if isFirst, name.first == UInt8(ascii: "$") { isWrapper = ExtendedJSONWrapper.isName(name) }
      isFirst = false
      try skipSpace()
      guard take(":") else { throw failure("expected ':' after the name") }
      let element: Int
      do throws(BSONError) {
        element = try writer.begin(.null, name)
      } catch {
        throw failure(error.message, at: nameStart)
      }
      if !holes.isEmpty { path.append(.name(String(decoding: name, as: UTF8.self))) }
      try value(at: element, depth: depth + 1)
      if !holes.isEmpty { path.removeLast() }
    }
    try writer.endDocument()
    guard isWrapper else { return }
    let document = BSONDocument(unchecked: writer.bytes[valueStart...])
    do throws(BSONError) {
      guard let value = try ExtendedJSONWrapper.value(of: document) else { return }
      writer.replace(value, at: start, from: valueStart)
    } catch {
      throw failure(error.message, at: brace)
    }
  }

  private mutating func array(at start: Int, depth: Int) throws(BSONError) {
    guard depth <= BSONDocument.deepest else {
      throw failure("documents are nested more than \(BSONDocument.deepest) deep")
    }
    position += 1
    writer.replace(kind: .array, at: start)
    writer.beginDocument()
    var count = 0
    while try !endsList(UInt8(ascii: "]"), isFirst: count == 0) {
      let element = writer.begin(.null, position: count)
      if !holes.isEmpty { path.append(.position(count)) }
      try value(at: element, depth: depth + 1)
      if !holes.isEmpty { path.removeLast() }
      count += 1
    }
    try writer.endDocument()
  }

  /// Passes over what stands between two elements, or ends the list; the shell takes a comma before its end.
  private mutating func endsList(_ close: UInt8, isFirst: Bool) throws(BSONError) -> Bool {
    try skipSpace()
    if peek() == close {
      position += 1
      return true
    }
    if isFirst { return false }
    guard take(",") else { throw failure("expected ',' or '\(Character(Unicode.Scalar(close)))'") }
    try skipSpace()
    guard dialect == .shell, peek() == close else { return false }
    position += 1
    return true
  }

  private mutating func name() throws(BSONError) -> ArraySlice<UInt8> {
    if peek() == UInt8(ascii: "\"") { return try string() }
    if dialect == .shell { return try shellName() }
    throw failure("expected a name in double quotes")
  }

  /// `-`, digits without a leading zero, a fraction, an exponent.
  mutating func number() throws(BSONError) -> BSONValue {
    let start = position
    let isNegative = take("-")
    if dialect == .shell, isNegative, takeWord("Infinity") { return .double(-.infinity) }
    let digits = position
    guard takeDigits(), text[digits] != UInt8(ascii: "0") || position == digits + 1 else {
      throw failure("expected a number", at: start)
    }
    var isWhole = true
    if peek() == UInt8(ascii: ".") {
      position += 1
      isWhole = false
      guard takeDigits() || dialect == .shell else { throw failure("expected digits after the point") }
    }
    if let mark = peek(), mark | 0x20 == UInt8(ascii: "e") {
      position += 1
      isWhole = false
      if !take("-") { _ = take("+") }
      guard takeDigits() else { throw failure("expected digits of the exponent") }
    }
    if let next = peek(), Self.isWordPart(next) { throw failure("expected the end of the number") }
    return try number(start..<position, isWhole: isWhole)
  }

  private func number(_ range: Range<Int>, isWhole: Bool) throws(BSONError) -> BSONValue {
    if isWhole, let number = Self.integer(text[range]) { return BSONValue(number) }
    var digits = String(decoding: text[range], as: UTF8.self)
    if digits.hasSuffix(".") { digits += "0" }
    guard let double = Double(digits), double.isFinite else {
      throw failure("the number is too large for a double; write {\"$numberDecimal\": \"…\"}", at: range.lowerBound)
    }
    return .double(double)
  }

  /// Digits after an optional `-`; `nil` where they do not fit. The negative of zero is a double.
  private static func integer(_ digits: ArraySlice<UInt8>) -> Int64? {
    let isNegative = digits.first == UInt8(ascii: "-")
    var number: Int64 = 0
    for digit in isNegative ? digits.dropFirst() : digits {
      let (product, overflow) = number.multipliedReportingOverflow(by: 10)
      let value = Int64(digit - UInt8(ascii: "0"))
      let (sum, carry) =
        isNegative ? product.subtractingReportingOverflow(value) : product.addingReportingOverflow(value)
      guard !overflow, !carry else { return nil }
      number = sum
    }
    return isNegative && number == 0 ? nil : number
  }

  private mutating func takeDigits() -> Bool {
    let start = position
    while let byte = peek(), isDigit(byte) { position += 1 }
    return position > start
  }
}
