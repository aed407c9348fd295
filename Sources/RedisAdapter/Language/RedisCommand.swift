internal import DBAdapterCore

/// A command and its arguments, binary safe, end to end in one buffer.
struct RedisCommand: Sendable, Hashable {
  private(set) var bytes: [UInt8] = []
  private(set) var ends: [Int] = []

  init() {}

  /// Arguments end to end, and where each ends.
  init(bytes: [UInt8], ends: [Int]) {
    self.bytes = bytes
    self.ends = ends
  }

  /// A command of text arguments.
  init(_ arguments: String...) { for argument in arguments { append(argument) } }

  mutating func append(_ argument: String) { append(argument.utf8) }
  mutating func append(_ argument: Int) { append(String(argument)) }

  mutating func append(_ argument: some Sequence<UInt8>) {
    bytes.append(contentsOf: argument)
    ends.append(bytes.count)
  }

  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` for a value that Redis has no argument for.
  mutating func append(_ value: DBValue, named name: @autoclosure () -> String) throws(DBError) {
    try RedisArgument.append(value, to: &bytes, named: name())
    ends.append(bytes.count)
  }

  /// The same command with more arguments.
  func with(_ arguments: String...) -> RedisCommand {
    var copy = self
    for argument in arguments { copy.append(argument) }
    return copy
  }

  func with(_ argument: some Sequence<UInt8>) -> RedisCommand {
    var copy = self
    copy.append(argument)
    return copy
  }

  /// How many arguments there are, the command's name included.
  var count: Int { ends.count }

  subscript(position: Int) -> ArraySlice<UInt8> { bytes[(position == 0 ? 0 : ends[position - 1])..<ends[position]] }

  /// An argument as text; what is not UTF-8 in it is repaired, so it is for keywords and messages only.
  func text(_ position: Int) -> String { String(decoding: self[position], as: UTF8.self) }

  /// The first argument in capitals: `GET`; empty for a command without arguments.
  var name: String { count > 0 ? text(0).uppercased() : "" }
}
