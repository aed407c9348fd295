internal import CPGQuery

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Reads the parse tree of a text.
///
/// From libpg_query's JSON, and not from the protocol buffers it has too: writing those takes it three times as long.
enum PGParseTree {
  /// Parses a text and has its statements looked at.
  /// - Parameter body: must not let nodes escape.
  /// - Returns: `nil` when the grammar does not know the text, or when it is longer than ``PGDeepStack/longestText``.
  static func read<R>(_ text: String, _ body: (_ statements: [PGNode]) -> R) -> R? {
    let read = PGDeepStack.run(over: text) { () -> R? in
      let result = pg_query_parse(text)
      defer { pg_query_free_parse_result(result) }
      guard result.error == nil, let json = result.parse_tree else { return nil }
      let bytes = UnsafeRawPointer(json).assumingMemoryBound(to: UInt8.self)
      var reader = PGTreeReader(bytes, length: strlen(json))
      guard reader.read() else { return nil }
      return reader.entries.withUnsafeBufferPointer { entries -> R? in
        guard let first = entries.baseAddress else { return nil }
        let root = PGNode(entries: first, json: bytes, index: 0)
        return body(root["stmts"]?.children.compactMap { $0["stmt"]?.firstPart } ?? [])
      }
    }
    return read ?? nil
  }
}

/// Reads a tree's JSON in one pass into one flat list, without a string of its own.
struct PGTreeReader {
  private let json: UnsafePointer<UInt8>
  private let length: Int
  private var position = 0
  private var open: [Int] = []
  /// Where the name of the field stands whose value comes next.
  private var name: (start: Int, length: Int) = (0, 0)
  private(set) var entries: [PGNode.Entry] = []

  init(_ json: UnsafePointer<UInt8>, length: Int) {
    self.json = json
    self.length = length
  }

  /// - Returns: `false` when the text is not what libpg_query writes.
  mutating func read() -> Bool {
    entries.reserveCapacity(length / 8)
    repeat {
      guard position < length else { return false }
      switch json[position] {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        open.append(entries.count)
        append(.group, position..<position)
        position &+= 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard let group = open.popLast() else { return false }
        entries[group].end = UInt32(entries.count)
        position &+= 1
      case UInt8(ascii: ","): position &+= 1
      case UInt8(ascii: "\""): readText()
      default: readScalar()
      }
    } while !open.isEmpty
    return true
  }

  /// A field's name or a text.
  private mutating func readText() {
    let start = position &+ 1
    var end = start
    while end < length, json[end] != UInt8(ascii: "\"") { end &+= json[end] == UInt8(ascii: "\\") ? 2 : 1 }
    end = min(end, length)
    position = min(end &+ 1, length)
    if position < length, json[position] == UInt8(ascii: ":"), name.length == 0 {
      name = (start, end &- start)
      position &+= 1
    } else {
      append(.text, start..<end)
    }
  }

  /// A number, `true`, `false` or `null`.
  private mutating func readScalar() {
    let start = position
    while position < length {
      switch json[position] {
      case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"):
        append(.scalar, start..<position)
        return
      default: position &+= 1
      }
    }
  }

  private mutating func append(_ kind: PGNode.Kind, _ value: Range<Int>) {
    entries.append(
      PGNode.Entry(
        kind: kind, word: PGNodeWord(json + name.start, name.length), nameLength: UInt16(clamping: name.length),
        nameStart: UInt32(name.start), start: UInt32(value.lowerBound), length: UInt32(value.count),
        end: UInt32(entries.count + 1)))
    name = (0, 0)
  }
}
