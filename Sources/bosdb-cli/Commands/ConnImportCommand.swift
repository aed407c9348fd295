internal import ArgumentParser
internal import DBAdapterCore
internal import DBPlatform
internal import DBRendering

/// `bosdb-cli conn import`.
struct ConnImportCommand: BosCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: Messages.connImportAbstract, discussion: Messages.connImportDiscussion)

  @Argument(help: "What conn export wrote; - is standard input.")
  var file: String

  @Flag(help: "The file has lines of a name and a secret of CryptoJS; PG_META_CRYPTO_KEY is the key.")
  var cryptojs = false

  @Option(help: ArgumentHelp("Read the passphrase from the first line of a file of mode 0600.", valueName: "file"))
  var passphraseFile: String?

  @Flag(
    help:
      "Store connections whose password is looked up on this machine at each use: in a variable, in a file, or by running a command."
  )
  var allowReferences = false

  @Flag(help: "Open each connection first, and store only those that work.")
  var test = false

  @OptionGroup(title: "Output") var output: DocumentOutputOptions
  @OptionGroup(title: "Diagnostics") var diagnostics: DiagnosticOptions

  func execute(_ console: Console) async throws -> ExitStatus {
    let (drafts, incomplete) = try await drafts()
    for draft in drafts {
      if let reference = draft.passwordReference, !allowReferences {
        throw DBError(
          .invalidParameter,
          Messages.importsReference(
            SafeText(draft.name).text, SafeText(reference.description).text, SafeText(draft.string.description).text))
      }
    }
    var stored: [StoredConnection] = []
    var failed = false
    try await Platform.withDirectory { directory in
      for draft in drafts {
        do {
          let added = try await directory.add(draft, test: test ? ConnectionTesting.test() : nil)
          stored.append(added.connection)
          if incomplete.contains(draft.name) { console.note(Messages.importedBare(draft.name)) }
        } catch let error as DBError where error.code != .secretUnreadable && error.code != .cancelled {
          failed = true
          console.report(CommandFailure(error, connection: SafeText(draft.name).text))
        }
      }
    }
    if output.isJSON {
      try output.write(ConnOutput.document(stored))
    } else {
      for connection in stored { try output.write(Messages.stored(connection) + "\n") }
    }
    return failed ? .negative : .success
  }

  private func drafts() async throws -> ([ConnectionDraft], Set<String>) {
    let text = try InputText.read(file)
    if cryptojs {
      guard let key = ProcessEnvironment.value("PG_META_CRYPTO_KEY") else {
        throw DBError(.invalidParameter, Messages.noCryptoKey)
      }
      return (try CryptoJSImport.drafts(text, passphrase: Secret(key)), [])
    }
    var given: Secret?
    if let passphraseFile { given = try await SecretReference.file(passphraseFile).resolve() }
    let passphrase = given
    let bundle = try await ConnectionBundle(text) { () throws(DBError) in
      if let passphrase { return passphrase }
      return try Prompt.secret(Messages.passphrase)
    }
    return (bundle.drafts, bundle.incomplete)
  }
}
