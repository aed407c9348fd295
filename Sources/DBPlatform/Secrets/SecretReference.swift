public import DBAdapterCore

/// Where a password is when it is not stored: looked up each time just before a connection is opened.
public enum SecretReference: Sendable, Hashable, CustomStringConvertible {
  /// An environment variable: `env:SHOP_PASSWORD`.
  case environment(String)
  /// The first line of a file that nobody else can read: `file:/run/secrets/shop`.
  case file(String)
  /// What a command prints, run by `/bin/sh`: `cmd:pass show shop`.
  case command(String)

  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when the text is none of the three; it is not quoted, since it may be a
  ///   password by mistake.
  public init(_ text: String) throws(DBError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !parts[1].isEmpty, !text.utf8.contains(0) else { throw Self.invalid }
    switch parts[0] {
    case "env":
      guard parts[1].utf8.allSatisfy({ $0 != UInt8(ascii: "=") && $0 > 0x20 }) else { throw Self.invalid }
      self = .environment(parts[1])
    case "file": self = .file(parts[1])
    case "cmd": self = .command(parts[1])
    default: throw Self.invalid
    }
  }

  /// Looks the secret up.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when there is nothing, ``DBError/Code-swift.struct/permissionDenied`` when others can
  ///   read the file, ``DBError/Code-swift.struct/timeout`` when the command takes longer than 30 seconds. No error holds the secret.
  public func resolve() async throws(DBError) -> Secret {
    switch self {
    case .environment(let name):
      guard let value = ProcessEnvironment.value(name) else {
        throw DBError(.invalidParameter, "the environment variable \(name) of the password reference is not set")
      }
      return Secret(value)
    case .file(let path): return try SecretFile.firstLine(path, as: "the password file")
    case .command(let command): return try await SecretCommand.run(command, for: "the password reference")
    }
  }

  /// The form it was read from.
  public var description: String {
    switch self {
    case .environment(let name): "env:\(name)"
    case .file(let path): "file:\(path)"
    case .command(let command): "cmd:\(command)"
    }
  }

  private static var invalid: DBError {
    DBError(.invalidParameter, "a password reference is env:NAME, file:PATH or cmd:COMMAND")
  }
}
