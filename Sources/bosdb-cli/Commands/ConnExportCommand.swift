internal import ArgumentParser
internal import DBAdapterCore
internal import DBPlatform

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// `bosdb-cli conn export`.
struct ConnExportCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: Messages.connExportAbstract, discussion: Messages.connExportDiscussion)

  @Argument(help: "The stored connections. Default: all.")
  var names: [String] = []

  @Flag(help: "Seal the secrets with a passphrase of at least 12 characters, and export them as well.")
  var withSecrets = false

  @Option(help: ArgumentHelp("Read the passphrase from the first line of a file of mode 0600.", valueName: "file"))
  var passphraseFile: String?

  @Option(name: [.short, .long], help: ArgumentHelp("Write to a file, complete or not at all.", valueName: "file"))
  var output: String?

  @Flag(help: "Let --output replace a file.")
  var force = false

  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    var passphrase: Secret?
    if withSecrets {
      passphrase = try await Self.passphrase(passphraseFile) { () throws(DBError) in
        try Prompt.newSecret(Messages.passphrase)
      }
    }
    let drafts = try await Platform.withDirectory { directory in
      var drafts: [ConnectionDraft] = []
      for name in names.isEmpty ? try await directory.list().map(\.name) : names {
        drafts.append(try await directory.draft(name))
      }
      return drafts
    }
    var text = try await ConnectionBundle.text(drafts, passphrase: passphrase)
    if let output, output != "-" {
      let file = try OutputFile(output, overwrites: force, isPrivate: true)
      do {
        try text.withUTF8 { try file.write(UnsafeRawBufferPointer($0)) }
      } catch {
        file.discard()
        throw error
      }
      try file.commit()
    } else {
      try text.withUTF8 { try DescriptorSink(STDOUT_FILENO).write(UnsafeRawBufferPointer($0)) }
    }
    if !withSecrets, drafts.contains(where: { $0.string.password != nil }) { console.note(Messages.exportedBare) }
    return .success
  }

  /// From a file, or asked for.
  static func passphrase(_ file: String?, ask: () throws(DBError) -> Secret) async throws(DBError) -> Secret {
    guard let file else { return try ask() }
    return try await SecretReference.file(file).resolve()
  }
}
