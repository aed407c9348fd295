/// What was measured of a table's rows, on a sample or on all of them, where the engine's schema is in its data.
///
/// Every number is about the rows that were examined, ``coverage`` says which part of the table that is; only what is an
/// ``Estimate`` is about the whole table.
public struct TableStatistics: Sendable, Hashable {
  /// What part of the table was examined.
  public var coverage: Coverage
  /// Bytes of memory or disk a row takes.
  public var memory: Measurement?
  /// What a row holds: bytes of a string, fields of a hash, elements of an array. ``Measurement/unit`` says which.
  public var elements: Measurement?
  /// Rows by the time they have left: `none`, `< 1 min`, …, in that order.
  public var expiry: Distribution?
  /// Rows by how the engine stores them, the most frequent first.
  public var encodings: Distribution?
  /// The rows that take most memory, the largest first.
  public var largest: [LargeRow]
  /// Engine facts that no field holds: the consumer groups of streams.
  public var details: DBDocument

  public init(
    coverage: Coverage, memory: Measurement? = nil, elements: Measurement? = nil, expiry: Distribution? = nil,
    encodings: Distribution? = nil, largest: [LargeRow] = [], details: DBDocument = DBDocument()
  ) {
    self.coverage = coverage
    self.memory = memory
    self.elements = elements
    self.expiry = expiry
    self.encodings = encodings
    self.largest = largest
    self.details = details
  }
}

/// A size that was taken of many rows.
public struct Measurement: Sendable, Hashable {
  /// `bytes`, `fields`, `elements`.
  public var unit: String
  /// Rows it was taken of.
  public var count: Int
  public var minimum: Int64
  /// Within 3 % of a row's size that is the median.
  public var median: Int64
  public var mean: Double
  public var maximum: Int64
  /// The sum over the whole table.
  public var total: Estimate?
  /// Whether each row's size was told by the engine; otherwise it was computed from what else is known of the row.
  public var isMeasured: Bool
  /// Where the sizes come from: `MEMORY USAGE`.
  public var source: String

  public init(
    unit: String, count: Int, minimum: Int64, median: Int64, mean: Double, maximum: Int64, total: Estimate? = nil,
    isMeasured: Bool = true, source: String
  ) {
    self.unit = unit
    self.count = count
    self.minimum = minimum
    self.median = median
    self.mean = mean
    self.maximum = maximum
    self.total = total
    self.isMeasured = isMeasured
    self.source = source
  }
}

/// How many rows there are of each kind, among those examined.
public struct Distribution: Sendable, Hashable {
  public struct Bucket: Sendable, Hashable {
    public var name: String
    public var count: Int

    public init(_ name: String, _ count: Int) {
      self.name = name
      self.count = count
    }
  }

  public var buckets: [Bucket]

  public init(_ buckets: [Bucket]) { self.buckets = buckets }

  /// Rows in all buckets.
  public var count: Int { buckets.reduce(0) { $0 + $1.count } }

  /// The part of the rows that is in a bucket, from 0 to 1; `nil` when there are no rows at all.
  public func share(of name: String) -> Double? {
    let count = count
    guard count > 0 else { return nil }
    return Double(buckets.first { $0.name == name }?.count ?? 0) / Double(count)
  }
}

extension Distribution.Bucket {
  /// In ``TableStatistics/expiry``: the rows that never expire.
  public static let withoutExpiry = "none"
}

/// A row by name, with what it takes.
public struct LargeRow: Sendable, Hashable {
  /// The key or identifier; what is not text in it is escaped as `\xff`.
  public var name: String
  public var bytes: Int64
  /// What it holds, in the unit of ``TableStatistics/elements``.
  public var elements: Int64?

  public init(name: String, bytes: Int64, elements: Int64? = nil) {
    self.name = name
    self.bytes = bytes
    self.elements = elements
  }
}
