/// Whether running the failed call again can do harm.
public enum RetrySafety: String, Sendable, Hashable {
  /// The server cannot have acted: nothing reached it, or it said so.
  case safe
  /// The outcome is unknown: only an idempotent request may be repeated.
  case ifIdempotent
  /// Repeating cannot help.
  case never
}

/// Where in the caller's source a call was made.
public struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
  public let file: String
  public let line: UInt
  public var description: String { "\(file):\(line)" }

  public init(file: String, line: UInt) {
    self.file = file
    self.line = line
  }
}

/// The one error of the library.
///
/// ``description`` holds what a log may hold: code, SQLSTATE, the server's message, the endpoint without secrets.
/// ``debugDescription`` adds the rest. Neither ever holds a password or a bound value.
public struct DBError: Error, Sendable {
  private var storage: Storage

  private final class Storage: Sendable {
    let code: Code
    let message: String
    let retry: RetrySafety
    let server: ServerDiagnostics?
    let adapter: DatabaseKind?
    let endpoint: String?
    let stage: ConnectStage?
    let pool: PoolSnapshot?
    let underlying: (any Error)?
    let refusedBy: GuardLayer?
    let origin: SourceLocation

    init(
      _ code: Code, _ message: String, _ retry: RetrySafety, _ server: ServerDiagnostics?, _ adapter: DatabaseKind?,
      _ endpoint: String?, _ stage: ConnectStage?, _ pool: PoolSnapshot?, _ underlying: (any Error)?,
      _ refusedBy: GuardLayer?, _ origin: SourceLocation
    ) {
      self.code = code
      self.message = message
      self.retry = retry
      self.server = server
      self.adapter = adapter
      self.endpoint = endpoint
      self.stage = stage
      self.pool = pool
      self.underlying = underlying
      self.refusedBy = refusedBy
      self.origin = origin
    }
  }

  public init(
    _ code: Code, _ message: String, retry: RetrySafety = .never, server: ServerDiagnostics? = nil,
    adapter: DatabaseKind? = nil, endpoint: String? = nil, stage: ConnectStage? = nil, pool: PoolSnapshot? = nil,
    underlying: (any Error)? = nil, refusedBy: GuardLayer? = nil, file: StaticString = #fileID, line: UInt = #line
  ) {
    storage = Storage(
      code, message, retry, server, adapter, endpoint, stage, pool, underlying, refusedBy,
      SourceLocation(file: "\(file)", line: line))
  }

  public var code: Code { storage.code }
  /// The server's sentence, or ours: what was wrong and what to do.
  public var message: String { storage.message }
  public var retry: RetrySafety { storage.retry }
  /// Whether the call may be repeated whatever it was.
  public var isRetryable: Bool { retry == .safe }
  /// What the server said, when the error is the server's.
  public var server: ServerDiagnostics? { storage.server }
  public var adapter: DatabaseKind? { storage.adapter }
  /// Where the server is, without credentials.
  public var endpoint: String? { storage.endpoint }
  /// How far a connection attempt had come.
  public var stage: ConnectStage? { storage.stage }
  /// The pool at the moment it could not lend a session.
  public var pool: PoolSnapshot? { storage.pool }
  /// What caused it: for ``Code-swift.struct/leaseTimeout`` the last failure to open a connection.
  public var underlying: (any Error)? { storage.underlying }
  /// The layer of the guard that refused the statement, when one did.
  public var refusedBy: GuardLayer? { storage.refusedBy }
  /// The caller's file and line.
  public var origin: SourceLocation { storage.origin }

  /// The same error, completed with what an outer layer knows. What is already set stays.
  package func completed(
    adapter: DatabaseKind? = nil, endpoint: String? = nil, origin: SourceLocation? = nil, message: String? = nil,
    pool: PoolSnapshot? = nil
  ) -> DBError {
    var copy = self
    copy.storage = Storage(
      code, message ?? self.message, retry, server, self.adapter ?? adapter, self.endpoint ?? endpoint, stage,
      self.pool ?? pool, underlying, refusedBy, origin ?? self.origin)
    return copy
  }

  /// The error of a repeated call whose earlier attempt may have reached the server: it cannot say any more that nothing did.
  func afterUnknownOutcome() -> DBError {
    var copy = self
    copy.storage = Storage(
      code, message, .ifIdempotent, server, adapter, endpoint, stage, pool, underlying, refusedBy, origin)
    return copy
  }
}

/// The steps of opening a connection, in their order.
public enum ConnectStage: String, Sendable, Hashable {
  case resolve, dial, tls, authentication, startup
}

extension DBError: CustomStringConvertible, CustomDebugStringConvertible {
  public var description: String {
    var text = code.rawValue
    if let state = server?.sqlState { text += " [\(state)]" }
    text += ": " + message
    if let endpoint { text += " (\(endpoint))" }
    return text
  }

  public var debugDescription: String {
    var lines = [description]
    if let refusedBy { lines.append("refused by: \(refusedBy.rawValue)") }
    if let stage { lines.append("stage: \(stage.rawValue)") }
    lines.append("retry: \(retry.rawValue)")
    if let server { lines += server.lines }
    if let pool { lines.append("pool: \(pool)") }
    if let underlying { lines.append("underlying: \(underlying)") }
    lines.append("origin: \(origin)")
    return lines.joined(separator: "\n  ")
  }
}
