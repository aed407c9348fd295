public import DBAdapterCore

/// Where a platform store is: a SQLite file of one user, or a PostgreSQL database of a team.
public struct StoreLocation: Sendable, Hashable, CustomStringConvertible {
  /// What the store's sessions are opened with.
  let string: ConnectionString
  /// The path of the SQLite file; `nil` for a server.
  public let file: String?

  /// - Parameter string: `sqlite:PATH` without parameters, or `postgres://…`.
  /// - Throws: ``DBError/Code-swift.struct/unsupported`` for other engines,
  ///   ``DBError/Code-swift.struct/invalidConnectionString`` when a SQLite store names no file or has parameters.
  public init(_ string: ConnectionString) throws(DBError) {
    switch string.scheme {
    case "sqlite":
      guard let path = string.database, !path.isEmpty, path != ":memory:" else {
        throw DBError(.invalidConnectionString, "a platform store is a file; write sqlite:/home/me/store.sqlite")
      }
      guard string.parameters.isEmpty else {
        throw DBError(
          .invalidConnectionString, "the platform store sets the parameters of its SQLite file itself; leave out ?…")
      }
      try self.init(file: path)
    case "postgres", "postgresql":
      self.init(string: string, file: nil)
    default:
      throw DBError(
        .unsupported, "a platform store is kept in SQLite or PostgreSQL, not in \(string.scheme):")
    }
  }

  /// A SQLite file. It and its directory are made when the store is opened.
  /// - Throws: ``DBError/Code-swift.struct/invalidConnectionString`` for an empty path or one with a NUL character.
  public init(file path: String) throws(DBError) {
    self.init(
      string: try ConnectionString("sqlite:\(Self.encoded(path))?mode=rwc&busy_timeout=30000&synchronous=full"),
      file: path)
  }

  private init(string: ConnectionString, file: String?) {
    self.string = string
    self.file = file
  }

  /// The user's own: what `BOSDB_STORE` names, else `$XDG_DATA_HOME/bosdb/bosdb.sqlite`, else `~/.local/share/bosdb/bosdb.sqlite`.
  /// - Parameter environment: looks up a variable. Default: the process's environment.
  /// - Throws: what the other initialisers throw, and ``DBError/Code-swift.struct/invalidParameter`` when there is no home directory.
  public static func standard(
    environment: (String) -> String? = ProcessEnvironment.value
  ) throws(DBError) -> StoreLocation {
    func variable(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
    if let text = variable("BOSDB_STORE") {
      return text.hasPrefix("/") ? try StoreLocation(file: text) : try StoreLocation(ConnectionString(text))
    }
    if let data = variable("XDG_DATA_HOME"), data.hasPrefix("/") {
      return try StoreLocation(file: data + "/bosdb/bosdb.sqlite")
    }
    guard let home = variable("HOME"), home.hasPrefix("/") else {
      throw DBError(
        .invalidParameter, "there is no home directory for the platform store; set BOSDB_STORE=sqlite:/path or HOME")
    }
    return try StoreLocation(file: home + "/.local/share/bosdb/bosdb.sqlite")
  }

  /// Whether the file is there; a server's store is taken to be.
  public var exists: Bool { file.map { PrivateFile.exists($0) } ?? true }

  /// The file's path, or the connection string without its password.
  public var description: String { file ?? string.description }

  private static func encoded(_ path: String) -> String {
    path.utf8.map { byte in
      let isPlain = byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "%") && byte != UInt8(ascii: "?")
      return isPlain ? String(Unicode.Scalar(byte)) : "%" + DBBytes([byte]).hexadecimal
    }.joined()
  }
}
