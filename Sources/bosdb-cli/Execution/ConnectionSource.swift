internal import DBAdapterBundle
internal import DBAdapterCore
internal import DBPlatform

/// What names the connection of a command, and where that was written.
struct ConnectionSource: Sendable {
  /// Where a value comes from.
  enum Origin: Sendable, Hashable {
    case option(String)
    case argument
    case environment(String)
    case store
    case reference
    case standardInput
    /// A file that the C library looks into.
    case file(String)
    case engineDefault

    var text: String {
      switch self {
      case .option(let name): "option \(name)"
      case .argument: "argument"
      case .environment(let name): "environment variable \(name)"
      case .store: "stored connection"
      case .reference: "password reference"
      case .standardInput: "standard input"
      case .file(let path): "file \(path)"
      case .engineDefault: "default"
      }
    }
  }

  /// A URL, or the name of a stored connection.
  let text: String
  let origin: Origin

  init(_ text: String, _ origin: Origin) {
    self.text = text
    self.origin = origin
  }

  var isFromEnvironment: Bool { if case .environment = origin { true } else { false } }

  /// What the environment names. A command for one engine looks at its own variable first: the other may well name another engine.
  static func ofEnvironment(_ engine: DatabaseKind?) -> ConnectionSource? {
    let names =
      switch engine {
      case .redis?: ["REDIS_URL", "DATABASE_URL"]
      case .mongodb?: ["MONGODB_URL", "DATABASE_URL"]
      default: ["DATABASE_URL", "REDIS_URL", "MONGODB_URL"]
      }
    return (["BOSDB_CONNECTION", "BOSDB_URL"] + names).lazy.compactMap { name in
      ProcessEnvironment.value(name).map { ConnectionSource($0, .environment(name)) }
    }.first
  }

  /// The connection itself; a stored one is opened and, where its password is elsewhere, completed.
  /// - Throws: ``DBError``.
  func target() async throws -> Target {
    guard isName else {
      let string = try ConnectionString(text)
      return Target(
        string: string, registration: try AdapterRegistry.standard.registration(forScheme: string.scheme),
        origin: origin)
    }
    guard Platform.exists else { throw DBError(.invalidParameter, Messages.noStore(text)) }
    return try await Platform.withDirectory { directory in
      let (stored, string) = try await directory.target(text)
      // That it was used is worth a note, and nothing to fail for.
      try? await directory.touch(stored.id)
      return Target(
        string: string, registration: try AdapterRegistry.standard.registration(forScheme: string.scheme),
        origin: origin,
        stored: stored, passwordOrigin: stored.hasPasswordReference ? .reference : nil)
    }
  }

  /// Whether the text has the form of a name. No connection string has: each has a `:` or a `=`.
  private var isName: Bool { ConnectionDraft.isName(text) }
}
