public import ArgumentParser
internal import DBAdapterBundle
public import DBAdapterCore
internal import DBPlatform

/// What is stored of a connection, and whether it is tested first.
struct StoredConnectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where the password is looked up each time: env:NAME, file:PATH or cmd:COMMAND.", valueName: "reference"))
  var passwordRef: String?

  @Flag(help: "Read the password from the first line of standard input.")
  var passwordStdin = false

  @Flag(help: "Ask for the password on the terminal.")
  var askPassword = false

  @Option(help: ArgumentHelp("What sessions may do.", valueName: "level"))
  var access: AccessLevel?

  @Option(help: ArgumentHelp("The project the connection belongs to.", valueName: "id"))
  var project: String?

  @Flag(help: "Store it although its test fails.")
  var force = false

  @Flag(help: "Do not open the connection first.")
  var noTest = false

  @Option(help: ArgumentHelp("The longest to wait for the connection.", valueName: "duration"))
  var connectTimeout: DurationArgument?

  func validate() throws {
    if [passwordRef != nil, passwordStdin, askPassword].count(where: { $0 }) > 1 {
      throw ValidationError(Messages.passwordSources)
    }
  }

  /// Puts what was given into a connection that is to be stored.
  func apply(to draft: inout ConnectionDraft, url: String?, console: Console) throws(DBError) {
    if let url {
      let string = try ConnectionString(url)
      if string.hasSecrets {
        console.note(Messages.passwordInArguments)
        ProcessTitle.hide(url)
      }
      draft.string = try string.absolute(in: try WorkingDirectory.path())
      draft.passwordReference = nil
    }
    let descriptor = try AdapterRegistry.standard.registration(forScheme: draft.string.scheme).descriptor
    if let passwordRef {
      draft.passwordReference = try SecretReference(passwordRef)
      if url == nil { draft.string = try draft.string.withoutSecrets() }
    } else if passwordStdin || askPassword {
      let password = passwordStdin ? try InputText.password() : try Prompt.secret(Messages.password)
      if url == nil { draft.string = try draft.string.withoutSecrets() }
      draft.string = try draft.string.adding(password, for: descriptor)
      draft.passwordReference = nil
    }
    if let access { draft.access = access }
    if let project { draft.projectID = project.isEmpty ? nil : project }
  }

  /// Opens connections for a test; `nil` when none is wanted.
  var test: ConnectionDirectory.Test? { noTest ? nil : ConnectionTesting.test(connectTimeout?.duration) }
}

extension AccessLevel: ExpressibleByArgument {
  public init?(argument: String) { self.init(storedName: argument) }
  public var defaultValueDescription: String { storedName }
  public static var allValueStrings: [String] { allCases.map(\.storedName) }
}
