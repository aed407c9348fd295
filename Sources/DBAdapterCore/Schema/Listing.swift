/// Whether a listing holds everything there is.
public enum Completeness: Sendable, Hashable {
  case complete
  /// Something is missing, and why.
  case partial(reason: String)
}

/// Items with what is known of their completeness.
public struct Listing<Item: Sendable>: Sendable {
  public var items: [Item]
  public var completeness: Completeness
  /// What part of the data was looked at to make it; `nil` for engines with a catalogue.
  public var coverage: Coverage?

  public init(_ items: [Item], completeness: Completeness = .complete, coverage: Coverage? = nil) {
    self.items = items
    self.completeness = completeness
    self.coverage = coverage
  }
}

extension Listing: Equatable where Item: Equatable {}

/// What to list.
public struct ListOptions: Sendable, Hashable {
  /// Only names that match this glob (`*`, `?`); `nil` lists all.
  public var nameGlob: String?
  /// Whether the engine's own objects are listed. Default: `false`.
  public var includesSystem: Bool
  /// Whether row and size estimates are read, which some engines have to compute. Default: `false`.
  public var includesEstimates: Bool
  /// The most items; a longer listing is cut and says so. Default: no limit.
  public var limit: Int?
  /// How long the call may take. Default: no limit.
  public var timeout: Duration?
  /// How much of the data may be looked at, where the schema is in the data.
  public var sampling: SamplingBudget

  public init(
    nameGlob: String? = nil, includesSystem: Bool = false, includesEstimates: Bool = false, limit: Int? = nil,
    timeout: Duration? = nil, sampling: SamplingBudget = SamplingBudget()
  ) {
    self.nameGlob = nameGlob
    self.includesSystem = includesSystem
    self.includesEstimates = includesEstimates
    self.limit = limit
    self.timeout = timeout
    self.sampling = sampling
  }
}

/// How to describe a table.
public struct DescribeOptions: Sendable, Hashable {
  /// Whether row and size estimates are read. Default: `true`.
  public var includesEstimates: Bool
  /// How long the call may take. Default: no limit.
  public var timeout: Duration?
  /// How much of the data may be looked at, where the schema is in the data.
  public var sampling: SamplingBudget

  public init(
    includesEstimates: Bool = true, timeout: Duration? = nil, sampling: SamplingBudget = SamplingBudget()
  ) {
    self.includesEstimates = includesEstimates
    self.timeout = timeout
    self.sampling = sampling
  }
}
