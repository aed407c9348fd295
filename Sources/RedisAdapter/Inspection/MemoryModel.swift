/// What a key takes in memory, computed from what is known of it, for servers whose `MEMORY USAGE` may not be asked.
///
/// The structures are those of Redis 7 on 64 bits with jemalloc. How long elements are is not known, so collections are
/// estimated with 12 bytes an element.
struct MemoryModel: Sendable {
  private static let elementLength: Int64 = 12
  private static let objectHeader: Int64 = 16
  private static let dictionaryEntry: Int64 = 24

  /// - Parameters:
  ///   - elements: bytes of a string, elements of anything else.
  ///   - encoding: the reply of `OBJECT ENCODING`, if it is known.
  static func bytes(type: String, encoding: String?, elements: Int64, keyLength: Int) -> Int64 {
    string(Int64(keyLength)) + dictionaryEntry + value(type, encoding, max(0, elements))
  }

  private static func value(_ type: String, _ encoding: String?, _ count: Int64) -> Int64 {
    let entry = elementLength + 2
    let element = string(elementLength)
    switch (type, encoding) {
    case ("string", "int"): return objectHeader
    case ("string", _):
      return count <= 44 ? allocated(objectHeader + 3 + count + 1) : objectHeader + string(count)
    case ("hash", "hashtable"): return objectHeader + 56 + count * (dictionaryEntry + 8 + 2 * element)
    case ("hash", _): return objectHeader + allocated(7 + count * 2 * entry)
    case ("list", _): return objectHeader + 40 + count * entry + (count * entry / 8_192 + 1) * 32
    case ("set", "intset"): return objectHeader + allocated(8 + count * 8)
    case ("set", "listpack"): return objectHeader + allocated(7 + count * entry)
    case ("set", _): return objectHeader + 56 + count * (dictionaryEntry + 8 + element)
    case ("zset", "skiplist"): return objectHeader + 88 + count * (dictionaryEntry + 8 + element + 64)
    case ("zset", _): return objectHeader + allocated(7 + count * (entry + 4))
    case ("stream", _): return objectHeader + 200 + count * 3 * entry
    default: return objectHeader + count * entry
    }
  }

  /// A simple dynamic string: header, text and a zero.
  private static func string(_ length: Int64) -> Int64 {
    let header: Int64 = length < 32 ? 1 : length < 256 ? 3 : length < 65_536 ? 5 : 9
    return allocated(length + header + 1)
  }

  /// What jemalloc makes of a request: multiples of 8 up to 64, then four sizes to each doubling.
  private static func allocated(_ bytes: Int64) -> Int64 {
    if bytes <= 64 { return max(8, (bytes + 7) / 8 * 8) }
    let step = Int64(1) << Int64(61 - (bytes - 1).leadingZeroBitCount)
    return (bytes + step - 1) / step * step
  }
}
