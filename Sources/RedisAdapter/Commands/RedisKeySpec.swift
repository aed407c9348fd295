/// Where some of a command's keys are among its arguments, as the server describes it
/// (https://redis.io/docs/latest/develop/reference/key-specs/). Position 0 is the command's name.
struct RedisKeySpec: Sendable, Hashable {
  /// Where the search for keys begins.
  enum Beginning: Sendable, Hashable {
    case index(Int)
    /// After an argument that is this word in any case. The search starts at a position, or where negative that far from the end and
    /// goes backwards.
    case keyword(String, from: Int)
    case unknown
  }

  /// Which arguments from there on are keys.
  enum Extent: Sendable, Hashable {
    /// Up to `last` arguments further on; where negative, that far from the end of the arguments, or of the first half or third of them, as
    /// `divisor` says.
    case range(last: Int, step: Int, divisor: Int)
    /// As many as the argument at `count` says, beginning at `first`; both counted from the beginning.
    case counted(count: Int, first: Int, step: Int)
    case unknown
  }

  var beginning: Beginning
  var extent: Extent
  /// Names a shard channel, which has a slot although it is not a key.
  var isChannel = false
  /// There may be more keys than it finds.
  var isIncomplete = false

  init(_ beginning: Beginning, _ extent: Extent, isChannel: Bool = false, isIncomplete: Bool = false) {
    self.beginning = beginning
    self.extent = extent
    self.isChannel = isChannel
    self.isIncomplete = isIncomplete
  }

  /// The form before Redis 7: first, last and step. Nothing when there are no keys at fixed positions.
  init?(first: Int, last: Int, step: Int) {
    guard first > 0, step > 0 else { return nil }
    self.init(.index(first), .range(last: last < 0 ? last : last - first, step: step, divisor: 0))
  }

  /// Visits the positions it finds in a command.
  /// - Returns: whether these are all; `false` also for counts that are no numbers.
  func visit(_ command: RedisCommand, _ body: (Int) -> Void) -> Bool {
    guard case .found(let begin) = begin(in: command) else { return beginning != .unknown }
    let first: Int
    let last: Int
    let step: Int
    switch extent {
    case .range(let offset, let stride, let divisor):
      first = begin
      step = stride
      if offset >= 0 {
        last = begin + offset
      } else {
        last = divisor > 1 ? begin + (command.count - begin) / divisor + offset : command.count + offset
      }
    case .counted(let count, let offset, let stride):
      guard begin + count < command.count, let number = Self.number(command[begin + count]), number >= 0 else {
        return false
      }
      first = begin + offset
      step = stride
      last = first + (number - 1) * stride
    case .unknown: return false
    }
    // Arguments that are missing are the server's to complain about.
    var position = first
    while position <= last, position < command.count {
      body(position)
      position += step
    }
    return !isIncomplete
  }

  private enum Search { case found(Int), absent }

  private func begin(in command: RedisCommand) -> Search {
    switch beginning {
    case .index(let index): return .found(index)
    case .keyword(let keyword, let start):
      if start >= 0 {
        var position = start
        // The last argument cannot be followed by keys.
        while position < command.count - 1 {
          if command.isWord(position, keyword) { return .found(position + 1) }
          position += 1
        }
      } else {
        var position = command.count + start
        while position > 0 {
          if command.isWord(position, keyword) { return .found(position + 1) }
          position -= 1
        }
      }
      return .absent
    case .unknown: return .absent
    }
  }

  /// A count of keys; the server accepts no more than a command can have arguments.
  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard !digits.isEmpty, digits.count < 10 else { return nil }
    var number = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      number = number * 10 + Int(digit - 0x30)
    }
    return number
  }
}

extension RedisCommand {
  /// Whether the server takes an argument for a word of ASCII letters, in any case. It compares them as C does, up to the first zero byte.
  func isWord(_ position: Int, _ word: String) -> Bool {
    let argument = self[position].prefix { $0 != 0 }
    guard argument.count == word.utf8.count else { return false }
    return zip(argument, word.utf8).allSatisfy { lowercased($0) == lowercased($1) }
  }
}

/// An ASCII capital as its small letter; any other byte as it is.
@inline(__always)
func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
