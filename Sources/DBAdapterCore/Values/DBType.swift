/// A column's type: what it is in any engine, and what the engine calls it.
public struct DBType: Sendable, Hashable, CustomStringConvertible {
  /// What values of the type are, whatever the engine.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case boolean, integer, float, decimal, text, bytes, uuid, date, time, timestamp, interval, json, array, document
    case enumeration, range, native
    /// The engine did not say (a SQLite expression).
    case unknown
  }

  public let kind: Kind
  /// The engine's own text, modifiers included: `numeric(10,2)`, `character varying(20)[]`.
  public let nativeName: String

  public init(_ kind: Kind, nativeName: String) {
    self.kind = kind
    self.nativeName = nativeName
  }

  public var description: String { nativeName }
}
