internal import ArgumentParser
internal import DBAdapterCore
internal import DBRendering

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// In which form an inferred schema is written, and where to.
struct SchemaOutputOptions: ParsableArguments {
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case table, json, jsonschema, swift

    /// `text` is another word for `table`.
    init?(argument: String) { self.init(rawValue: argument == "text" ? "table" : argument) }
  }

  @Option(name: [.customShort("F"), .long], help: ArgumentHelp("The form of the output.", valueName: "format"))
  var format: Format?

  @Flag(help: "The same as --format json.") var json = false

  @Option(name: [.short, .long], help: ArgumentHelp("Write to a file, complete or not at all.", valueName: "file"))
  var output: String?

  @Flag(help: "Let --output replace a file.")
  var force = false

  @Option(help: ArgumentHelp("When to use colours.", valueName: "when"))
  var color = Terminal.ColorMode.auto

  func validate() throws {
    if json, format != nil { throw ValidationError(Messages.formatTwice) }
  }

  /// As asked for; a table on a terminal, JSON otherwise.
  var chosen: Format {
    if json { return .json }
    return format ?? (output == nil && Terminal(descriptor: STDOUT_FILENO).isTerminal ? .table : .json)
  }

  var rendering: RenderingOptions {
    var options = RenderingOptions()
    options.isColored = color == .always
    if output == nil {
      let terminal = Terminal(descriptor: STDOUT_FILENO)
      options.terminalWidth = terminal.width
      options.isColored = terminal.isColored(color)
    }
    return options
  }

  /// Writes what is ready.
  func write(_ text: String) throws {
    guard let output, output != "-" else { return try Self.write(text, to: DescriptorSink(STDOUT_FILENO)) }
    let file = try OutputFile(output, overwrites: force)
    do {
      try Self.write(text, to: file)
    } catch {
      file.discard()
      throw error
    }
    try file.commit()
  }

  private static func write(_ text: String, to sink: any OutputSink) throws {
    var text = text
    try text.withUTF8 { try sink.write(UnsafeRawBufferPointer($0)) }
  }
}
