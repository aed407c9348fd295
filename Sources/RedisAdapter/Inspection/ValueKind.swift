internal import DBAdapterCore

/// What the bytes of a value look like. Redis has only strings; this is about their text.
enum ValueKind: String, Sendable, CaseIterable {
  case integer, float, boolean, uuid, timestamp, date, json, text, binary, empty

  /// - Parameter isWhole: whether the bytes are all of the value; a part of one is never taken for a number or JSON.
  init(_ bytes: [UInt8], isWhole: Bool = true) {
    guard let first = bytes.first else {
      self = .empty
      return
    }
    guard Self.isText(bytes, isWhole: isWhole) else {
      self = .binary
      return
    }
    guard isWhole else {
      self = .text
      return
    }
    if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
      self = (try? DBJSON(String(decoding: bytes, as: UTF8.self)).parsed()) == nil ? .text : .json
      return
    }
    self = bytes.count <= 64 ? Self.scalar(String(decoding: bytes, as: UTF8.self), first) : .text
  }

  /// As a column's type.
  var type: DBType {
    let kind: DBType.Kind =
      switch self {
      case .integer: .integer
      case .float: .float
      case .boolean: .boolean
      case .uuid: .uuid
      case .timestamp: .timestamp
      case .date: .date
      case .json: .json
      case .text, .empty: .text
      case .binary: .bytes
      }
    return DBType(kind, nativeName: rawValue)
  }

  private static func scalar(_ text: String, _ first: UInt8) -> ValueKind {
    if text == "true" || text == "false" { return .boolean }
    let isNumeric = isDigit(first) || first == UInt8(ascii: "-") || first == UInt8(ascii: "+")
    if isNumeric {
      if text.utf8.dropFirst(isDigit(first) ? 0 : 1).allSatisfy(isDigit), text.utf8.count > (isDigit(first) ? 0 : 1) {
        return .integer
      }
      if DBDate(text) != nil { return .date }
      if DBTimestamp(text) != nil { return .timestamp }
      // Not `0x1p3`, which is a number to the parser.
      if text.utf8.allSatisfy({ isDigit($0) || "+-.eE".utf8.contains($0) }), Double(text)?.isFinite == true {
        return .float
      }
    }
    return text.utf8.count == 36 && DBUUID(text) != nil ? .uuid : .text
  }

  /// Text may have line breaks and tabs, and a part of one may end within a character.
  private static func isText(_ bytes: [UInt8], isWhole: Bool) -> Bool {
    let bytes = bytes.map { $0 == 0x0A || $0 == 0x0D || $0 == 0x09 ? 0x20 : $0 }
    let count = TextPrefix.count(of: bytes)
    return count == bytes.count || (!isWhole && bytes.count - count < 4 && bytes[count] >= 0x80)
  }
}
