/// How much a session may do.
public enum AccessLevel: Int, Sendable, Hashable, Comparable, CaseIterable {
  case readOnly, readWrite, administrative

  public static func < (left: AccessLevel, right: AccessLevel) -> Bool { left.rawValue < right.rawValue }
}

/// What the callers of a session are allowed, and how much of it.
public struct AccessPolicy: Sendable, Hashable {
  public var level: AccessLevel
  /// The most rows a statement may return; a request's own lower limit wins. Default: no limit.
  public var rowLimit: Int?
  /// The longest a statement may take; a request's own shorter limit wins. Default: no limit.
  public var timeout: Duration?

  public init(_ level: AccessLevel, rowLimit: Int? = nil, timeout: Duration? = nil) {
    self.level = level
    self.rowLimit = rowLimit
    self.timeout = timeout
  }

  public static let readOnly = AccessPolicy(.readOnly)
  public static let readWrite = AccessPolicy(.readWrite)
  public static let administrative = AccessPolicy(.administrative)
}
