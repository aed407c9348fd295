/// How much a schema cache keeps, and for how long.
public struct SchemaCacheConfiguration: Sendable, Hashable {
  /// An entry younger than this is used instead of asking the server. Default: 60 seconds.
  public var timeToLive: Duration = .seconds(60)
  /// How old an entry may be to stand in for a server that cannot be reached; see ``SchemaFreshness/staleOnOutage``.
  /// `nil`: entries end with their time to live. Default: 1 hour.
  public var maximumStaleness: Duration? = .seconds(3_600)
  /// Entries kept at most, one a question; the least recently used goes first. Default: 1,000.
  public var maximumEntries = 1_000
  /// What the entries may hold together: one for each schema, table, column, key, index and constraint, about 300 bytes
  /// of memory each. A larger listing is not kept at all. Default: 100,000, some 30 MB.
  public var maximumWeight = 100_000

  public init() {}

  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` naming the setting that cannot be honoured.
  func validated() throws(DBError) -> SchemaCacheConfiguration {
    func check(_ isValid: Bool, _ rule: String) throws(DBError) {
      if !isValid { throw DBError(.invalidParameter, "the schema cache's configuration is not possible: \(rule)") }
    }
    try check(timeToLive >= .zero, "timeToLive has to be at least nothing")
    try check(maximumStaleness ?? .zero >= .zero, "maximumStaleness has to be at least nothing")
    try check(maximumEntries >= 0, "maximumEntries has to be at least 0, it is \(maximumEntries)")
    try check(maximumWeight >= 0, "maximumWeight has to be at least 0, it is \(maximumWeight)")
    return self
  }
}
