/// What an adapter can do, as data for every front end to show.
public struct AdapterCapabilities: OptionSet, Sendable, Hashable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Rows arrive in constant memory (``RowStreaming``).
  public static let rowStreaming = AdapterCapabilities(rawValue: 1 << 0)
  /// Interactive transactions (``Transactional``).
  public static let transactions = AdapterCapabilities(rawValue: 1 << 1)
  public static let savepoints = AdapterCapabilities(rawValue: 1 << 2)
  /// Several statements in one round trip (``Pipelining``).
  public static let pipelining = AdapterCapabilities(rawValue: 1 << 3)
  /// The server itself refuses writes in a read-only session.
  public static let serverEnforcedReadOnly = AdapterCapabilities(rawValue: 1 << 4)
  /// A running statement can be cancelled and the connection kept.
  public static let cancellation = AdapterCapabilities(rawValue: 1 << 5)
  public static let bulkCopy = AdapterCapabilities(rawValue: 1 << 6)
  /// Schema changes take part in transactions.
  public static let transactionalDDL = AdapterCapabilities(rawValue: 1 << 7)
  public static let explain = AdapterCapabilities(rawValue: 1 << 8)
  /// Explaining may also run the statement and measure it.
  public static let explainAnalyze = AdapterCapabilities(rawValue: 1 << 9)
  public static let schemas = AdapterCapabilities(rawValue: 1 << 10)
  public static let serverNotices = AdapterCapabilities(rawValue: 1 << 11)
  /// A pipeline runs as one transaction.
  public static let atomicPipelines = AdapterCapabilities(rawValue: 1 << 12)
  /// Several statements run together or not at all (``AtomicBatching``).
  public static let atomicBatches = AdapterCapabilities(rawValue: 1 << 13)
  /// Replies in their own shape (``NativeCommanding``).
  public static let nativeReplies = AdapterCapabilities(rawValue: 1 << 14)
  /// The server tells of messages and changes (``Subscribing``).
  public static let subscriptions = AdapterCapabilities(rawValue: 1 << 15)

  private static let all: [(AdapterCapabilities, String)] = [
    (.rowStreaming, "rowStreaming"), (.transactions, "transactions"), (.savepoints, "savepoints"),
    (.pipelining, "pipelining"), (.serverEnforcedReadOnly, "serverEnforcedReadOnly"), (.cancellation, "cancellation"),
    (.bulkCopy, "bulkCopy"), (.transactionalDDL, "transactionalDDL"), (.explain, "explain"),
    (.explainAnalyze, "explainAnalyze"), (.schemas, "schemas"), (.serverNotices, "serverNotices"),
    (.atomicPipelines, "atomicPipelines"), (.atomicBatches, "atomicBatches"), (.nativeReplies, "nativeReplies"),
    (.subscriptions, "subscriptions"),
  ]

  /// Every capability there is, by name, in a fixed order.
  public static var allNames: [String] { all.map(\.1) }
  /// The names of the capabilities in the set, in a fixed order.
  public var names: [String] { Self.all.filter { contains($0.0) }.map(\.1) }
}
