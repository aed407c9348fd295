internal import ArgumentParser
internal import DBAdapterBundle
internal import DBAdapterCore
internal import Logging

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Which database, and how to get there.
struct ConnectionOptions: ParsableArguments {
  @Option(
    name: [.customShort("u"), .long],
    help:
      "The connection: postgres://…, sqlite:path, redis://…, mongodb://…. Also BOSDB_URL, DATABASE_URL, REDIS_URL or MONGODB_URL."
  )
  var url: String?

  @Option(help: ArgumentHelp("The longest to wait for a connection.", valueName: "duration"))
  var connectTimeout: DurationArgument?

  @Flag(help: "Read the password from the first line of standard input.")
  var passwordStdin = false

  @Option(help: ArgumentHelp("The longest the whole command may take.", valueName: "duration"))
  var timeout: DurationArgument?

  @OptionGroup var audit: AuditOptions

  /// The connection, and the positional arguments that are left for the command.
  /// - Parameters:
  ///   - positional: the command's positional arguments; the first may be the connection.
  ///   - wanted: how many the command itself can take.
  ///   - engine: the only engine the command is for. Default: it is for all.
  func target(
    _ positional: [String?], wanted: Int, engine: DatabaseKind? = nil, console: Console
  ) throws(DBError) -> (Target, [String]) {
    var rest = positional.compactMap(\.self)
    var source: String?
    var isArgument = true
    if let url {
      source = url
    } else if rest.count > wanted || rest.first.map({ Self.isConnection($0, engine) }) == true {
      source = rest.removeFirst()
    } else if let value = Self.environmentURL(engine) {
      source = value
      isArgument = false
    }
    guard let source else { throw DBError(.invalidParameter, Messages.noConnection) }
    guard rest.count <= wanted else { throw DBError(.invalidParameter, Messages.connectionTwice) }
    var string = try ConnectionString(source)
    let registration = try AdapterRegistry.standard.registration(forScheme: string.scheme)
    if let engine, registration.descriptor.kind != engine {
      throw DBError(
        .invalidParameter, Messages.wrongEngine(registration.descriptor.displayName, wanted: Self.name(of: engine)))
    }
    if isArgument, string.password != nil {
      console.note(Messages.passwordInArguments)
      ProcessTitle.hide(source)
    }
    if passwordStdin { string = try Self.adding(try Self.readPassword(), to: source, string, registration) }
    return (Target(string: string, registration: registration), rest)
  }

  /// Lends the one session of a command, which has its connection to itself, and closes the connection before it returns.
  /// - Parameter retriesDials: whether a dial that failed is tried again as often as fits into the time there is.
  func withSession<R>(
    _ target: Target, policy: AccessPolicy = .readOnly, before deadline: Deadline, retriesDials: Bool = true,
    _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    let limit = connectLimit(before: deadline)
    var pool = PoolConfiguration()
    pool.maximumConnections = 1
    var pauses = Duration.zero
    pool.dialRetryDelays = pool.dialRetryDelays.filter { delay in
      pauses += delay
      return retriesDials && pauses < limit
    }
    return try await withManager(pool, before: deadline) { manager in
      // A little longer than the dial may take: its own error says more than that nothing came of it.
      try await manager.withSession(
        target.string, policy: policy, exclusively: true, timeout: limit + .seconds(1), body)
    }
  }

  /// Makes a manager that lives as long as `body`.
  func withManager<R>(
    _ pool: PoolConfiguration, before deadline: Deadline, _ body: (ConnectionManager) async throws -> R
  ) async throws -> R {
    var configuration = ConnectionManagerConfiguration(
      connectTimeout: connectLimit(before: deadline), applicationName: "bosdb-cli")
    configuration.pool = pool
    let auditPolicy = try audit.policy()
    return try await audit.withSink { sink in
      try await ConnectionManager.withManager(
        registry: .standard, configuration: configuration, audit: sink, auditPolicy: auditPolicy, logger: .silent,
        grace: .zero, body)
    }
  }

  private func connectLimit(before deadline: Deadline) -> Duration {
    let limit = connectTimeout?.duration ?? .seconds(10)
    return deadline.remaining.map { min($0, limit) } ?? limit
  }

  /// When the command has to be over.
  var deadline: Deadline { Deadline(after: timeout?.duration) }

  /// `scheme://…`, `scheme:…` of an engine there is, or libpq's `keyword=…`: no statement and no table starts like this. Keys of Redis may
  /// (`unix:1`), and names of collections, so that where those may stand only `redis://…` and its like, and `unix:/…`, are connections.
  private static func isConnection(_ text: String, _ engine: DatabaseKind?) -> Bool {
    let word = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "+-._".contains($0)) }
    let rest = text[word.endIndex...]
    guard word.first?.isLetter == true, let next = rest.first else { return false }
    if let engine {
      let own = descriptor(of: engine)?.schemes ?? []
      return rest.hasPrefix("://") && own.contains(String(word)) || engine == .redis && text.hasPrefix("unix:/")
    }
    return next == "=" || rest.hasPrefix("://") || next == ":" && schemes.contains(word.lowercased())
  }

  private static let schemes = Set(AdapterRegistry.standard.descriptors.flatMap(\.schemes))

  private static func descriptor(of engine: DatabaseKind) -> AdapterDescriptor? {
    AdapterRegistry.standard.descriptors.first { $0.kind == engine }
  }

  private static func name(of engine: DatabaseKind) -> String {
    descriptor(of: engine)?.displayName ?? engine.rawValue
  }

  /// A command for one engine looks at its own variable first: the other may well name another engine.
  private static func environmentURL(_ engine: DatabaseKind?) -> String? {
    let names =
      switch engine {
      case .redis?: ["REDIS_URL", "DATABASE_URL"]
      case .mongodb?: ["MONGODB_URL", "DATABASE_URL"]
      default: ["DATABASE_URL", "REDIS_URL", "MONGODB_URL"]
      }
    return (["BOSDB_URL"] + names).lazy.compactMap { environment($0) }.first
  }

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func readPassword() throws(DBError) -> String {
    let text = try InputText.read("-")
    let line = String(text.prefix { !$0.isNewline })
    guard !line.isEmpty else { throw DBError(.invalidParameter, Messages.noPassword) }
    return line
  }

  private static func adding(
    _ password: String, to text: String, _ string: ConnectionString, _ registration: AdapterRegistration
  ) throws(DBError) -> ConnectionString {
    guard string.password == nil else { throw DBError(.invalidParameter, Messages.passwordTwice) }
    guard registration.descriptor.defaultPort != nil else {
      throw DBError(.invalidParameter, Messages.takesNoPassword(registration.descriptor.displayName))
    }
    guard text.contains("://") else {
      let quoted = password.unicodeScalars.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
      return try ConnectionString(text + " password='\(quoted)'")
    }
    let encoded = encoded(password)
    guard registration.descriptor.kind == .mongodb else {
      return try ConnectionString(text + (text.contains("?") ? "&" : "?") + "password=" + encoded)
    }
    // There a password stands behind the user's name alone.
    guard string.user != nil, let sign = text.firstIndex(of: "@") else {
      throw DBError(.invalidParameter, Messages.passwordNeedsUser)
    }
    return try ConnectionString(text[..<sign] + ":" + encoded + text[sign...])
  }

  private static func encoded(_ password: String) -> String {
    password.utf8.map { byte in
      let isPlain = Character(Unicode.Scalar(byte)).isLetter && byte < 0x80 || (0x30...0x39).contains(byte)
      return isPlain ? String(Unicode.Scalar(byte)) : "%" + DBBytes([byte]).hexadecimal
    }.joined()
  }
}

extension Logger {
  /// What goes wrong is in the error that the command ends with.
  fileprivate static let silent = Logger(label: "bosdb-cli") { _ in SwiftLogNoOpLogHandler() }
}

/// A connection string with the adapter that answers to it.
struct Target: Sendable {
  let string: ConnectionString
  let registration: AdapterRegistration
}
