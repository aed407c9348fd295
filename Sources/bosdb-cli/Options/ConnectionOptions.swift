internal import ArgumentParser
internal import DBAdapterBundle
internal import DBAdapterCore
internal import Logging

/// Which database, and how to get there.
struct ConnectionOptions: ParsableArguments {
  @Option(
    name: [.customShort("c"), .long],
    help: ArgumentHelp("A stored connection. Also BOSDB_CONNECTION.", valueName: "name"))
  var connection: String?

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
  ) async throws -> (Target, [String]) {
    var rest = positional.compactMap(\.self)
    let source: ConnectionSource
    if let connection {
      source = ConnectionSource(connection, .option("--connection"))
    } else if let url {
      source = ConnectionSource(url, .option("--url"))
    } else if rest.count > wanted || rest.first.map({ Self.isConnection($0, engine) }) == true {
      source = ConnectionSource(rest.removeFirst(), .argument)
    } else if let found = ConnectionSource.ofEnvironment(engine) {
      source = found
    } else {
      throw DBError(.invalidParameter, Messages.noConnection)
    }
    guard rest.count <= wanted else { throw DBError(.invalidParameter, Messages.connectionTwice) }
    var target = try await source.target()
    let registration = target.registration
    if let engine, registration.descriptor.kind != engine {
      throw DBError(
        .invalidParameter, Messages.wrongEngine(registration.descriptor.displayName, wanted: Self.name(of: engine)))
    }
    if !source.isFromEnvironment, target.stored == nil, target.string.hasSecrets {
      console.note(Messages.passwordInArguments)
      ProcessTitle.hide(source.text)
    }
    if passwordStdin {
      target.string = try target.string.adding(try InputText.password(), for: registration.descriptor)
      target.passwordOrigin = .standardInput
    }
    return (target, rest)
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
    return try await withManager(pool, for: target, before: deadline) { manager in
      // A little longer than the dial may take: its own error says more than that nothing came of it.
      try await manager.withSession(
        target.string, policy: policy, exclusively: true, timeout: limit + .seconds(1), body)
    }
  }

  /// Makes a manager that lives as long as `body`. Statements through a stored connection are audited in the store unless another place was
  /// named.
  func withManager<R>(
    _ pool: PoolConfiguration, for target: Target, before deadline: Deadline,
    _ body: (ConnectionManager) async throws -> R
  ) async throws -> R {
    var configuration = ConnectionManagerConfiguration(
      connectTimeout: connectLimit(before: deadline), applicationName: "bosdb-cli")
    configuration.pool = pool
    let auditPolicy = try audit.policy()
    return try await audit.withSink(isStoreDefault: target.stored != nil) { sink in
      try await target.audited {
        try await ConnectionManager.withManager(
          registry: .standard, configuration: configuration, audit: sink, auditPolicy: auditPolicy, logger: .silent,
          grace: .zero, body)
      }
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
  static func isConnection(_ text: String, _ engine: DatabaseKind?) -> Bool {
    let word = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "+-._".contains($0)) }
    let rest = text[word.endIndex...]
    guard word.first?.isLetter == true, let next = rest.first else { return false }
    if let engine {
      let own = descriptor(of: engine)?.schemes ?? []
      return rest.hasPrefix("://") && own.contains(String(word)) || engine == .redis && text.hasPrefix("unix:/")
    }
    return next == "=" || rest.hasPrefix("://") || next == ":" && schemes.contains(word.lowercased())
  }

  static let schemes = Set(AdapterRegistry.standard.descriptors.flatMap(\.schemes))

  private static func descriptor(of engine: DatabaseKind) -> AdapterDescriptor? {
    AdapterRegistry.standard.descriptors.first { $0.kind == engine }
  }

  private static func name(of engine: DatabaseKind) -> String {
    descriptor(of: engine)?.displayName ?? engine.rawValue
  }
}
