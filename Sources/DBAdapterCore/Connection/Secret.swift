/// A password or key: it prints as stars and is compared in the open only on purpose.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let value: String

  public init(_ value: String) { self.value = value }

  /// Lends the value, for the C library only.
  public func withExposed<R>(_ body: (String) throws -> R) rethrows -> R { try body(value) }

  public var description: String { "***" }
  public var debugDescription: String { "***" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
