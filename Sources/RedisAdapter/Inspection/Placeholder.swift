internal import DBAdapterCore

/// What stands in a pattern for the part of a key that differs from key to key. The set is closed: `{anything else}` in a
/// pattern is the key's own text.
enum Placeholder: String, Sendable, CaseIterable {
  /// Decimal digits.
  case int
  /// 8-4-4-4-12 hexadecimal digits.
  case uuid
  /// Eight or more hexadecimal digits of one letter case, both letters and figures among them.
  case hex
  /// `2026-11-21`, `2026-11`, `20261121`, the first also with a time.
  case date
  /// Four numbers up to 255 with dots.
  case ip
  case email
  /// Any text up to the next delimiter: there are too many different ones to list.
  case name
  /// Everything from the first part of the key that is not text.
  case binary
  /// Everything from a depth at which parts are no longer told apart.
  case rest
  /// The key that has no bytes at all.
  case empty

  /// As in a pattern: `{int}`.
  var text: String { "{\(rawValue)}" }

  /// The placeholder that a text begins with.
  static func leading(_ text: Substring.UTF8View) -> Placeholder? {
    guard text.first == UInt8(ascii: "{") else { return nil }
    return allCases.first {
      text.dropFirst().starts(with: $0.rawValue.utf8)
        && text.dropFirst($0.rawValue.utf8.count + 1).first == UInt8(ascii: "}")
    }
  }
}

/// Recognises identifiers in the bytes of a key.
struct IdentifierScanner {
  private let bytes: ArraySlice<UInt8>

  /// - Parameter bytes: from where an identifier may begin to the end of what is text.
  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  /// The identifier with delimiters of its own (a uuid's dashes, a date's) that the text begins with, and its length.
  func compound() -> (Placeholder, Int)? {
    guard let first = bytes.first, bytes.count >= 7, hexadecimalDigit(first) else { return nil }
    if isUUID { return (.uuid, 36) }
    guard isDigit(first) else { return nil }
    if let length = address { return (.ip, length) }
    return date.map { (.date, $0) }
  }

  /// The length of the e-mail address that the text begins with; it ends at a character that has no place in one.
  var email: Int? {
    guard let at = bytes.firstIndex(of: UInt8(ascii: "@")), at > bytes.startIndex,
      bytes[..<at].allSatisfy({ isLetterOrDigit($0) || ".-_+%".utf8.contains($0) })
    else { return nil }
    let domain = bytes[(at + 1)...].prefix { isLetterOrDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    guard let dot = domain.lastIndex(of: UInt8(ascii: ".")), dot > domain.startIndex, dot < domain.endIndex - 1 else {
      return nil
    }
    return domain.endIndex - bytes.startIndex
  }

  private var isUUID: Bool {
    guard bytes.count >= 36, endsWord(36) else { return false }
    for (offset, byte) in bytes.prefix(36).enumerated() {
      let isDash = offset == 8 || offset == 13 || offset == 18 || offset == 23
      guard isDash ? byte == UInt8(ascii: "-") : hexadecimalDigit(byte) else { return false }
    }
    return true
  }

  private var address: Int? {
    var position = bytes.startIndex
    for part in 0..<4 {
      let digits = bytes[position...].prefix(4).prefix(while: isDigit)
      guard (1...3).contains(digits.count), number(digits) < 256 else { return nil }
      position += digits.count
      if part < 3 {
        guard position < bytes.endIndex, bytes[position] == UInt8(ascii: ".") else { return nil }
        position += 1
      }
    }
    let length = position - bytes.startIndex
    return endsWord(length)
      && !(position + 1 < bytes.endIndex && bytes[position] == UInt8(ascii: ".") && isDigit(bytes[position + 1]))
      ? length : nil
  }

  /// `YYYY-MM-DD` with `-`, `.` or `_`, perhaps with a time; `YYYY-MM`.
  private var date: Int? {
    guard let year = number(at: 0, digits: 4), (1900..<2200).contains(year), let separator = byte(4),
      "-._".utf8.contains(separator), let month = number(at: 5, digits: 2), (1...12).contains(month)
    else { return nil }
    if byte(7) == separator, let day = number(at: 8, digits: 2), (1...31).contains(day) {
      if let length = time(at: 10) { return length }
      return endsWord(10) ? 10 : nil
    }
    return separator == UInt8(ascii: "-") && endsWord(7) && byte(7) != separator ? 7 : nil
  }

  /// The length up to the end of `THH[:MM[:SS[.f…]]][Z|±HH[:MM]]`.
  private func time(at start: Int) -> Int? {
    guard let mark = byte(start), "Tt ".utf8.contains(mark), let hour = number(at: start + 1, digits: 2), hour < 25
    else {
      return nil
    }
    var position = start + 3
    for _ in 0..<2 {
      if byte(position) == UInt8(ascii: ":"), let part = number(at: position + 1, digits: 2), part < 61 {
        position += 3
      }
    }
    if byte(position) == UInt8(ascii: "."), let digit = byte(position + 1), isDigit(digit) {
      position += 1
      while let digit = byte(position), isDigit(digit) { position += 1 }
    }
    if byte(position) == UInt8(ascii: "Z") { return endsWord(position + 1) ? position + 1 : nil }
    if let sign = byte(position), "+-".utf8.contains(sign), number(at: position + 1, digits: 2) != nil {
      position += 3
      if byte(position) == UInt8(ascii: ":"), number(at: position + 1, digits: 2) != nil { position += 3 }
    }
    return endsWord(position) ? position : nil
  }

  private func byte(_ offset: Int) -> UInt8? { offset < bytes.count ? bytes[bytes.startIndex + offset] : nil }

  private func number(at offset: Int, digits: Int) -> Int? {
    guard offset + digits <= bytes.count else { return nil }
    let part = bytes[(bytes.startIndex + offset)...].prefix(digits)
    return part.allSatisfy(isDigit) ? number(part) : nil
  }

  private func number(_ digits: ArraySlice<UInt8>) -> Int { digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } }

  /// Whether what ends at an offset is not the beginning of a longer word.
  private func endsWord(_ offset: Int) -> Bool { byte(offset).map { !isLetterOrDigit($0) } ?? true }

  private func hexadecimalDigit(_ byte: UInt8) -> Bool { hexadecimalValue(byte) != nil }
}

/// A letter or figure; all of what is not ASCII counts as letters.
func isLetterOrDigit(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }

func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) || byte >= 0x80 }
