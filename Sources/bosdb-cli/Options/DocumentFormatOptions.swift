internal import ArgumentParser
internal import DBRendering

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Whether a document on standard output is text or JSON.
struct DocumentFormatOptions: ParsableArguments {
  enum Format: String, CaseIterable, ExpressibleByArgument { case text, json }

  @Option(name: [.customShort("F"), .long], help: ArgumentHelp("The form of the output.", valueName: "format"))
  var format: Format?

  @Flag(help: "The same as --format json.") var json = false

  func validate() throws {
    if json, format != nil { throw ValidationError(Messages.formatTwice) }
  }

  /// As asked for; text on a terminal, JSON otherwise.
  var isJSON: Bool {
    json || (format ?? (Terminal(descriptor: STDOUT_FILENO).isTerminal ? .text : .json)) == .json
  }

  /// Writes what is ready.
  func write(_ text: String) throws {
    var text = text
    try text.withUTF8 { try DescriptorSink(STDOUT_FILENO).write(UnsafeRawBufferPointer($0)) }
  }
}
