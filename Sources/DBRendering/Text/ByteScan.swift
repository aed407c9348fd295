/// Searches bytes eight at a time.
enum ByteScan {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let tops: UInt64 = 0x8080_8080_8080_8080

  /// A word whose top bits mark where `word` holds `byte` (exact for the lowest mark, which is all that is asked).
  @inline(__always)
  private static func marks(_ word: UInt64, equal byte: UInt8) -> UInt64 {
    let difference = word ^ (ones &* UInt64(byte))
    return (difference &- ones) & ~difference & tops
  }

  @inline(__always)
  private static func word(_ bytes: UnsafeRawBufferPointer, at position: Int) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
  }

  /// The first byte a JSON string has to escape, from a position on: controls, `"`, `\` and DEL; the count when there is none.
  @inline(__always)
  static func jsonSpecial(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    var position = start
    while position &+ 8 <= bytes.count {
      let word = word(bytes, at: position)
      let controls = (word &- ones &* 0x20) & ~word & tops
      let found = controls | marks(word, equal: 0x22) | marks(word, equal: 0x5C) | marks(word, equal: 0x7F)
      if found != 0 { return position &+ found.trailingZeroBitCount / 8 }
      position &+= 8
    }
    while position < bytes.count {
      let byte = bytes[position]
      if byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F { return position }
      position &+= 1
    }
    return position
  }

  /// Whether a CSV field has to be quoted: it holds the delimiter, a quote, or a line end.
  @inline(__always)
  static func needsQuotes(_ bytes: UnsafeRawBufferPointer, delimiter: UInt8) -> Bool {
    var position = 0
    while position &+ 8 <= bytes.count {
      let word = word(bytes, at: position)
      let found =
        marks(word, equal: delimiter) | marks(word, equal: 0x22) | marks(word, equal: 0x0A) | marks(word, equal: 0x0D)
      if found != 0 { return true }
      position &+= 8
    }
    while position < bytes.count {
      let byte = bytes[position]
      if byte == delimiter || byte == 0x22 || byte == 0x0A || byte == 0x0D { return true }
      position &+= 1
    }
    return false
  }
}
