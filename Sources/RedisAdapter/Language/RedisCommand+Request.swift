internal import DBAdapterCore

extension RedisCommand {
  /// The command of a text, quoted as in redis-cli; see ``CommandScanner``.
  /// - Throws: ``DBError/Code-swift.struct/syntaxError`` for quotes that do not fit, with their position;
  ///   ``DBError/Code-swift.struct/invalidParameter`` for a text without a command.
  init(text: String) throws(DBError) { self = try Self.parsed(text).command }

  private static func parsed(_ text: String) throws(DBError) -> (command: RedisCommand, quoted: [Int]) {
    var scanner = CommandScanner()
    try scanner.scan(text)
    let result = try scanner.finish(text)
    guard result.command.count > 0 else { throw Self.empty }
    return result
  }

  private static var empty: DBError { DBError(.invalidParameter, "the command is empty") }

  /// The command of a request.
  ///
  /// A `.command` is taken as it is. In a `.text` with parameters, an argument that is `$1`, `$2`, … without quotes stands for that
  /// parameter; without parameters it is text like any other. In a template an interpolated value is one argument, or the part of one
  /// it stands in: it is never split and nothing in it is read as a quote.
  /// - Throws: ``DBError/Code-swift.struct/syntaxError`` for quotes that do not fit; ``DBError/Code-swift.struct/invalidParameter`` for an
  ///   empty command, a value Redis has not, and parameters that are missing or not used; ``DBError/Code-swift.struct/unsupported`` for an
  ///   identifier or a document.
  init(_ request: QueryRequest) throws(DBError) {
    switch request.statement {
    case .text(let text) where request.parameters.isEmpty: try self.init(text: text)
    case .text(let text): self = try Self.bound(Self.parsed(text), request.parameters)
    case .template(let template):
      try Self.refuseParameters(request, "a command with interpolated values")
      self = try Self.filled(template)
    case .command(let arguments):
      try Self.refuseParameters(request, "a command given as a list of arguments")
      guard !arguments.isEmpty else { throw Self.empty }
      self.init()
      for (position, value) in arguments.enumerated() {
        try append(value, named: "argument \(position + 1)")
      }
    case .document:
      throw DBError(
        .unsupported, "Redis takes no command documents; write the command as text, or as a list of arguments")
    }
  }

  private static func refuseParameters(_ request: QueryRequest, _ what: String) throws(DBError) {
    guard request.parameters.isEmpty else {
      throw DBError(.invalidParameter, "\(what) takes no separate parameters")
    }
  }

  private static func filled(_ template: QueryTemplate) throws(DBError) -> RedisCommand {
    var scanner = CommandScanner()
    var holes = 0
    for segment in template.segments {
      switch segment {
      case .text(let text): try scanner.scan(text)
      case .parameter(let value):
        holes += 1
        try scanner.insert(value, named: "interpolated value \(holes)")
      case .identifier:
        throw DBError(
          .unsupported, #"Redis has no identifiers to quote; interpolate the key as a value: "GET \(key)""#)
      }
    }
    let command = try scanner.finish().command
    guard command.count > 0 else { throw Self.empty }
    return command
  }

  /// Puts the parameters where `$1`, `$2`, … stand.
  private static func bound(
    _ parsed: (command: RedisCommand, quoted: [Int]), _ parameters: [DBValue]
  ) throws(DBError) -> RedisCommand {
    var values: [[UInt8]] = []
    for (position, value) in parameters.enumerated() {
      var bytes: [UInt8] = []
      try RedisArgument.append(value, to: &bytes, named: "parameter \(position + 1)")
      values.append(bytes)
    }
    var isUsed = values.map { _ in false }
    var command = RedisCommand()
    for position in 0..<parsed.command.count {
      let argument = parsed.command[position]
      guard !parsed.quoted.contains(position), let number = placeholder(argument) else {
        command.append(argument)
        continue
      }
      guard values.indices.contains(number - 1) else {
        throw DBError(
          .invalidParameter,
          "$\(number) has no parameter: \(values.count) \(values.count == 1 ? "is" : "are") given, counted from $1; "
            + #"write "$\#(number)" in quotes for the text itself"#)
      }
      command.append(values[number - 1])
      isUsed[number - 1] = true
    }
    if let unused = isUsed.firstIndex(of: false) {
      throw DBError(
        .invalidParameter,
        "parameter \(unused + 1) is not used: write $\(unused + 1) as an argument of its own, without quotes")
    }
    return command
  }

  /// The number of `$1`.
  private static func placeholder(_ argument: ArraySlice<UInt8>) -> Int? {
    guard argument.first == UInt8(ascii: "$"), (2...6).contains(argument.count) else { return nil }
    var number = 0
    for byte in argument.dropFirst() {
      guard (0x30...0x39).contains(byte) else { return nil }
      number = number * 10 + Int(byte - 0x30)
    }
    return number
  }
}
