internal import ArgumentParser
internal import DBAdapterBundle
internal import DBAdapterCore
internal import DBRendering

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// `bosdb-cli version`.
struct VersionCommand: BosCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "version", abstract: Messages.versionAbstract, discussion: Messages.versionDiscussion)

  @Flag(help: "Print JSON, client libraries included.")
  var json = false

  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    var text = "bosdb-cli \(Self.version)\n"
    if json {
      var writer = JSONWriter(indentation: 1)
      writer.object { fields in
        fields.member("schemaVersion", SchemaJSON.schemaVersion)
        fields.member("kind", "version")
        fields.member("version", Self.version)
        fields.member("clientLibraries", AdapterRegistry.standard.descriptors.map(\.clientLibrary))
      }
      text = writer.text + "\n"
    }
    try text.withUTF8 { try DescriptorSink(STDOUT_FILENO).write(UnsafeRawBufferPointer($0)) }
    return .success
  }
}
