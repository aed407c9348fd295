/// Which database an adapter speaks to: an open set.
public struct DatabaseKind: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public var description: String { rawValue }

  public static let postgres = DatabaseKind(rawValue: "postgres")
  public static let mongodb = DatabaseKind(rawValue: "mongodb")
  public static let redis = DatabaseKind(rawValue: "redis")
  public static let sqlite = DatabaseKind(rawValue: "sqlite")
}

/// The shape an engine gives its data.
public enum DataModel: String, Sendable, Hashable { case relational, keyValue, document }
