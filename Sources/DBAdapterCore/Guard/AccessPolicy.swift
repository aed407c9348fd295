/// How much a session may do.
public enum AccessLevel: Int, Sendable, Hashable, Comparable, CaseIterable {
  case readOnly, readWrite, administrative

  public static func < (left: AccessLevel, right: AccessLevel) -> Bool { left.rawValue < right.rawValue }
}

/// What becomes of statements that destroy more than rows they name: DROP, TRUNCATE, DELETE without WHERE, FLUSHALL, dropDatabase.
public enum DestructionPolicy: String, Sendable, Hashable, CaseIterable {
  /// They run like any other.
  case allowed
  /// They run when the request says that somebody agreed: ``QueryRequest/confirmed()``. Otherwise they fail with
  /// ``DBError/Code-swift.struct/confirmationRequired``, which says what would be destroyed.
  case needsConfirmation
  /// They do not run.
  case refused
}

/// What the callers of a session are allowed, and how much of it.
public struct AccessPolicy: Sendable, Hashable {
  public var level: AccessLevel
  /// The most rows a statement may return; a request's own lower limit wins. Default: no limit.
  public var rowLimit: Int?
  /// The most bytes the values of a result may take; a request's own lower limit wins. A larger result ends before the row that
  /// exceeds it, and says so (``QueryResult/truncation``). Default: no limit.
  public var byteLimit: Int?
  /// The longest a statement may take; a request's own shorter limit wins. Default: no limit.
  public var timeout: Duration?
  /// Default: ``DestructionPolicy/allowed``.
  public var destruction: DestructionPolicy

  public init(
    _ level: AccessLevel, rowLimit: Int? = nil, byteLimit: Int? = nil, timeout: Duration? = nil,
    destruction: DestructionPolicy = .allowed
  ) {
    self.level = level
    self.rowLimit = rowLimit
    self.byteLimit = byteLimit
    self.timeout = timeout
    self.destruction = destruction
  }

  public static let readOnly = AccessPolicy(.readOnly)
  public static let readWrite = AccessPolicy(.readWrite)
  public static let administrative = AccessPolicy(.administrative)
}
