public import ArgumentParser
internal import DBAdapterCore
public import DBRendering

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// In which form, and where to.
struct OutputOptions: ParsableArguments {
  @Option(
    name: [.customShort("F"), .long],
    help: ArgumentHelp("The form of the output.", valueName: "format"))
  var format: OutputFormat?

  @Flag(help: "The same as --format json.") var json = false
  @Flag(help: "The same as --format jsonl.") var jsonl = false
  @Flag(help: "The same as --format csv.") var csv = false

  @Option(name: [.short, .long], help: ArgumentHelp("Write to a file, complete or not at all.", valueName: "file"))
  var output: String?

  @Flag(help: "Let --output replace a file.")
  var force = false

  @Option(help: ArgumentHelp("The text for null.", valueName: "text"))
  var null: String?

  @Flag(help: "Leave out the column names.")
  var noHeader = false

  @Option(help: ArgumentHelp("What stands between cells of csv, tsv and raw.", valueName: "character"))
  var delimiter: DelimiterArgument?

  @Option(help: ArgumentHelp("How exact numbers are written in JSON.", valueName: "encoding"))
  var numbers = RenderingOptions.NumberEncoding.native

  @Option(help: ArgumentHelp("How bytes are written.", valueName: "encoding"))
  var binary: RenderingOptions.BinaryEncoding?

  @Option(help: ArgumentHelp("Cut cells after so many characters.", valueName: "n"))
  var maxCell: Int?

  @Option(help: ArgumentHelp("When to use colours.", valueName: "when"))
  var color = Terminal.ColorMode.auto

  func validate() throws {
    let given = [format != nil, json, jsonl, csv].count { $0 }
    if given > 1 { throw ValidationError(Messages.formatTwice) }
    if let maxCell, maxCell < 1 { throw ValidationError(Messages.notPositive("--max-cell")) }
  }

  /// The format asked for, if one was.
  var chosen: OutputFormat? { json ? .json : jsonl ? .jsonl : csv ? .csv : format }

  /// The format of rows: as asked for, a table on a terminal, JSON lines otherwise.
  var rowFormat: OutputFormat { chosen ?? (isTerminal ? .table : .jsonl) }

  /// The format of a document: as asked for, text on a terminal, JSON otherwise.
  var documentFormat: OutputFormat { chosen ?? (isTerminal ? .table : .json) }

  /// Whether a person looks at the output.
  var isTerminal: Bool { output == nil && Terminal(descriptor: STDOUT_FILENO).isTerminal }

  var rendering: RenderingOptions {
    var options = RenderingOptions()
    options.nullText = null
    options.hasHeader = !noHeader
    options.delimiter = delimiter?.byte
    options.numbers = numbers
    options.binary = binary
    options.maximumCell = maxCell
    if output == nil {
      let terminal = Terminal(descriptor: STDOUT_FILENO)
      options.terminalWidth = terminal.width
      options.isColored = terminal.isColored(color)
    } else {
      options.isColored = color == .always
    }
    return options
  }

  /// Lends the sink; a file gets its name when `body` returns, and leaves no trace when it throws.
  func withSink<R>(_ body: (any OutputSink) async throws -> R) async throws -> R {
    guard let output, output != "-" else { return try await body(DescriptorSink(STDOUT_FILENO)) }
    let file = try OutputFile(output, overwrites: force)
    let result: R
    do {
      result = try await body(file)
    } catch {
      file.discard()
      throw error
    }
    try file.commit()
    return result
  }

  /// Writes a document that is ready.
  func write(_ text: String) async throws {
    try await withSink { sink in
      var text = text
      try text.withUTF8 { try sink.write(UnsafeRawBufferPointer($0)) }
    }
  }
}

/// One ASCII character that can stand between cells.
struct DelimiterArgument: ExpressibleByArgument {
  let byte: UInt8

  init?(argument: String) {
    let names = ["tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "]
    let text = names[argument] ?? argument
    guard text.utf8.count == 1, let byte = text.utf8.first else { return nil }
    guard byte == 9 || byte >= 0x20, byte != 0x22, byte != 0x5C, byte < 0x7F else { return nil }
    self.byte = byte
  }
}

extension OutputFormat: ExpressibleByArgument {
  /// `text` is another word for `table`.
  public init?(argument: String) { self.init(rawValue: argument == "text" ? "table" : argument) }
}

extension RenderingOptions.NumberEncoding: ExpressibleByArgument {}
extension RenderingOptions.BinaryEncoding: ExpressibleByArgument {}
extension Terminal.ColorMode: ExpressibleByArgument {}
