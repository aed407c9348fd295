internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A value in a parse tree with its name: a node, a list, a text, a number. Valid only while the tree is.
struct PGNode {
  enum Kind: UInt8 {
    /// An object or an array.
    case group
    case text
    /// A number, `true` or `false`.
    case scalar
  }

  /// One value; a group's parts follow it in the list.
  struct Entry {
    var kind: Kind
    var word: PGNodeWord
    var nameLength: UInt16
    var nameStart: UInt32
    /// Where a text or scalar stands, in bytes of the JSON.
    var start: UInt32
    var length: UInt32
    /// The index behind the last part.
    var end: UInt32
  }

  let entries: UnsafePointer<Entry>
  let json: UnsafePointer<UInt8>
  let index: Int

  private var entry: Entry { entries[index] }
  private func node(_ index: Int) -> PGNode { PGNode(entries: entries, json: json, index: index) }

  // MARK: What it is

  /// Its name where that is one the guard looks for.
  var word: PGNodeWord { entry.word }

  /// The field's name, or for a node its type: `SelectStmt`. Empty for an element of a list.
  var name: String { string(Int(entry.nameStart), Int(entry.nameLength)) }

  func isNamed(_ wanted: StaticString) -> Bool {
    entry.nameLength == wanted.utf8CodeUnitCount
      && memcmp(json + Int(entry.nameStart), wanted.utf8Start, wanted.utf8CodeUnitCount) == 0
  }

  /// The text it is; `nil` when it is none.
  var text: String? {
    guard entry.kind == .text else { return nil }
    let raw = string(Int(entry.start), Int(entry.length))
    guard raw.utf8.contains(UInt8(ascii: "\\")) else { return raw }
    guard case .text(let text)? = try? DBJSON("\"\(raw)\"").parsed() else { return nil }
    return text
  }

  /// Whether it is this text or scalar, which must need no escapes.
  func equals(_ wanted: StaticString) -> Bool {
    entry.kind != .group && entry.length == wanted.utf8CodeUnitCount
      && memcmp(json + Int(entry.start), wanted.utf8Start, wanted.utf8CodeUnitCount) == 0
  }

  /// Whether both hold the same; where they stand in the text does not count, nor do their own names.
  func hasContent(of other: PGNode) -> Bool {
    guard entry.kind == other.entry.kind else { return false }
    if entry.kind != .group { return raw == other.raw }
    var others = other.children.makeIterator()
    for part in children {
      guard let counterpart = others.next(), part.name == counterpart.name else { return false }
      guard part.isNamed("location") || part.hasContent(of: counterpart) else { return false }
    }
    return others.next() == nil
  }

  private var raw: String { string(Int(entry.start), Int(entry.length)) }

  var isTrue: Bool { equals("true") }

  var number: Int? { entry.kind == .scalar ? Int(raw) : nil }

  private func string(_ start: Int, _ length: Int) -> String {
    String(decoding: UnsafeBufferPointer(start: json + start, count: length), as: UTF8.self)
  }

  // MARK: Its parts

  /// Its direct parts in their order.
  var children: UnfoldSequence<PGNode, Int> {
    sequence(state: index + 1) { [self] next in
      guard next < entry.end else { return nil }
      defer { next = Int(entries[next].end) }
      return node(next)
    }
  }

  var firstPart: PGNode? { index + 1 < entry.end ? node(index + 1) : nil }

  /// Itself and everything in it, in the order of the text.
  var subtree: LazyMapSequence<Range<Int>, PGNode> { (index..<Int(entry.end)).lazy.map { node($0) } }

  /// Its part of this name.
  subscript(_ name: StaticString) -> PGNode? {
    var next = index + 1
    while next < entry.end {
      let part = node(next)
      if part.isNamed(name) { return part }
      next = Int(entries[next].end)
    }
    return nil
  }

  /// The name of several parts it holds as a list of strings: `pg_catalog`, `lower`. `nil` when it holds anything else.
  var nameParts: [String]? {
    var parts: [String] = []
    for child in children {
      guard let part = child.stringValue else { return nil }
      parts.append(part)
    }
    return parts.isEmpty ? nil : parts
  }

  /// The text of a `String` node in an element of a list.
  var stringValue: String? {
    guard let string = self["String"] else { return nil }
    return (string["sval"] ?? string["str"])?.text
  }

  /// The value of an `A_Const` node in this field or element.
  func constant(_ kind: StaticString) -> PGNode? { self["A_Const"]?[kind]?[kind] }
}
