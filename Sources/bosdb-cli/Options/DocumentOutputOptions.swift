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

/// In which form a document is written to standard output.
struct DocumentOutputOptions: ParsableArguments {
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

  /// A JSON document of a kind, ending in a line break.
  static func document(_ kind: String, _ body: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter(indentation: 1)
    writer.object { fields in
      fields.member("schemaVersion", SchemaJSON.schemaVersion)
      fields.member("kind", kind)
      body(&fields)
    }
    return writer.text + "\n"
  }

  /// Writes what is ready.
  func write(_ text: String) throws {
    var text = text
    try text.withUTF8 { try DescriptorSink(STDOUT_FILENO).write(UnsafeRawBufferPointer($0)) }
  }
}
