/// Reads documents of Extended JSON from bytes that arrive in pieces: one a line, one after the other, or one list of all of them. It keeps
/// no more than the document that is being read.
public struct ExtendedJSONStream: Sendable {
  /// A document, and where it stands.
  public struct Item: Sendable, Hashable {
    public let document: BSONDocument
    /// Counted from 1.
    public let number: Int
    /// The line its first brace is on, from 1.
    public let line: Int
  }

  /// The most bytes of text a document may have, 128 MiB: what is longer is no document that a server would take.
  public static let longestDocument = 1 << 27

  private enum Place {
    case start
    /// Between documents that are not in a list.
    case outside
    /// After the bracket that begins the list.
    case listStart
    case afterElement
    case afterComma
    case afterList
    /// In a document that ends when `depth` is zero again.
    case inside
  }

  private var place = Place.start
  private var isList = false
  private var text: [UInt8] = []
  private var depth = 0
  private var isInString = false
  private var isEscaped = false
  private var count = 0
  private var byteCount = 0
  private var position = BSONError.Position(line: 1, column: 1)
  /// Where the document that is being read begins.
  private var start = BSONError.Position(line: 1, column: 1)

  public init() {}

  /// Reads a piece, and appends the documents that end in it.
  /// - Throws: ``BSONError`` with line and column of what is no document; those before it are appended.
  public mutating func read(_ piece: [UInt8], into items: inout [Item]) throws(BSONError) {
    var taken = 0
    for (index, byte) in piece.enumerated() {
      if place == .inside {
        if scan(byte) {
          text.append(contentsOf: piece[taken...index])
          try finishDocument(into: &items)
        }
      } else if try begins(byte) {
        taken = index
      }
      advance(byte)
    }
    guard place == .inside else { return }
    text.append(contentsOf: piece[taken...])
    guard text.count <= Self.longestDocument else {
      throw BSONError("the document does not end within \(Self.longestDocument / 1_048_576) MiB", position: start)
    }
  }

  /// Says that there are no more pieces.
  /// - Throws: ``BSONError`` when a document or the list does not end.
  public func finish() throws(BSONError) {
    switch place {
    case .start, .outside, .afterList: return
    case .inside: throw BSONError("the document does not end", position: start)
    case .listStart, .afterElement: throw BSONError("expected ',' or ']', and the text ends", position: position)
    case .afterComma: throw BSONError("expected a document, and the text ends", position: position)
    }
  }

  /// Whether a byte between documents begins one.
  private mutating func begins(_ byte: UInt8) throws(BSONError) -> Bool {
    switch (byte, place) {
    case (0x20, _), (0x09, _), (0x0A, _), (0x0D, _): return false
    case (0xEF, .start) where byteCount == 0, (0xBB, .start) where byteCount == 1, (0xBF, .start) where byteCount == 2:
      return false
    case (UInt8(ascii: "{"), .start), (UInt8(ascii: "{"), .outside), (UInt8(ascii: "{"), .listStart),
      (UInt8(ascii: "{"), .afterComma):
      place = .inside
      start = position
      depth = 1
      return true
    case (UInt8(ascii: "["), .start):
      isList = true
      place = .listStart
    case (UInt8(ascii: "]"), .listStart), (UInt8(ascii: "]"), .afterElement): place = .afterList
    case (UInt8(ascii: ","), .afterElement): place = .afterComma
    case (_, .afterElement): throw BSONError("expected ',' or ']'", position: position)
    case (_, .afterList): throw BSONError("expected the end of the text", position: position)
    default: throw BSONError("expected a document, which begins with {", position: position)
    }
    return false
  }

  /// Whether a byte ends the document.
  private mutating func scan(_ byte: UInt8) -> Bool {
    if isInString {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInString = false
      }
      return false
    }
    switch byte {
    case UInt8(ascii: "\""): isInString = true
    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
    default: break
    }
    return depth == 0
  }

  private mutating func finishDocument(into items: inout [Item]) throws(BSONError) {
    defer { text.removeAll(keepingCapacity: text.count < 1 << 20) }
    count += 1
    place = isList ? .afterElement : .outside
    guard BSONText.isValid(text) else { throw BSONError("the document is not valid UTF-8", position: start) }
    var parser = ExtendedJSONParser(text, .json)
    let value: BSONValue
    do throws(BSONError) {
      value = try parser.parseAll()
    } catch {
      throw placed(error)
    }
    guard case .document(let document) = value else {
      throw BSONError("expected a document, and this is a value of the type \(value.kind.name)", position: start)
    }
    items.append(Item(document: document, number: count, line: start.line))
  }

  /// The error of a document with its place in all of the text.
  private func placed(_ error: BSONError) -> BSONError {
    guard let inner = error.position else { return error }
    var error = error
    error.position = BSONError.Position(
      line: start.line + inner.line - 1, column: inner.line == 1 ? start.column + inner.column - 1 : inner.column)
    return error
  }

  private mutating func advance(_ byte: UInt8) {
    byteCount += 1
    if byte == 0x0A {
      position.line += 1
      position.column = 1
    } else if byte & 0xC0 != 0x80 {
      position.column += 1
    }
  }
}

extension BSONText {
  fileprivate static func isValid(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { isValid($0) } }
}
