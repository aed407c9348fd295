public import ArgumentParser
public import DBAdapterCore
internal import DBRendering

/// How rows that are documents are written.
struct DocumentOptions: ParsableArguments {
  @Option(help: ArgumentHelp("How much JSON says of the types of documents.", valueName: "style"))
  var ejson = DocumentStyle.relaxed

  @Flag(help: "Write documents as columns, one a field of the first 256 documents.")
  var flatten = false

  func applied(to options: RenderingOptions) -> RenderingOptions {
    var options = options
    options.documents = ejson
    options.flattensDocuments = flatten
    return options
  }
}

extension DocumentStyle: ExpressibleByArgument {}
