/// How old the answer of an inspection may be.
public enum SchemaFreshness: String, Sendable, Hashable, CaseIterable {
  /// An answer from the cache if it is younger than its time to live; otherwise the server's.
  case cached
  /// The server's answer, read after this was asked for. The cache keeps it.
  case fresh
  /// As ``cached``; but when the server cannot be reached, the last known answer, marked stale. Without one, the error
  /// that says why the server cannot be reached.
  case staleOnOutage
}
