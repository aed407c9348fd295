public import DBAdapterCore

/// Reads an audit log from its beginning to its end, and says whether every record is there and as it was written.
public struct AuditVerification: Sendable, Hashable {
  /// All of the log's records, its own among them.
  public private(set) var records: Int64 = 0
  /// Those of events.
  public private(set) var events: Int64 = 0
  /// Files that were read; 0 for a store.
  public private(set) var files = 0
  /// Lines that were not written to their end, and marked so by the record behind them.
  public private(set) var tornLines = 0
  /// `sha-256` or `hmac-sha-256`.
  public private(set) var algorithm: String
  /// The first thing that is wrong; `nil` for a whole log.
  public private(set) var problem: AuditProblem?

  public var isWhole: Bool { problem == nil }

  /// Verifies the log that is written to `path`, with the files it was continued from, in constant memory.
  /// - Parameters:
  ///   - key: what it is sealed with. Default: nothing.
  ///   - isPart: whether the oldest files may be missing. Default: no.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when there is no such file, ``DBError/Code-swift.struct/auditFailed`` when it cannot be
  ///   read. What is wrong with the log is no error: see ``problem``.
  public static func verify(
    path: String, key: AuditKey? = nil, isPart: Bool = false
  ) async throws(DBError) -> AuditVerification {
    var log = try await OpenedAuditLog.open(AuditFileSet(path: path))
    var chain = AuditChainCheck(AuditSeal(key: key), head: log.head, isPart: isPart, endPlace: path)
    try await chain.read(&log.lines)
    var result = AuditVerification(chain)
    result.files = log.files
    return result
  }

  /// Verifies the log in a platform store, in constant memory.
  /// - Parameters:
  ///   - key: what it is sealed with. Default: nothing.
  ///   - isPart: whether the oldest records may be missing. Default: no.
  /// - Throws: what reading the store throws. What is wrong with the log is no error: see ``problem``.
  public static func verify(
    _ store: PlatformStore, key: AuditKey? = nil, isPart: Bool = false
  ) async throws(DBError) -> AuditVerification {
    let head = try await StoreAuditLines.head(of: store)
    let seal = AuditSeal(key: key)
    let bytes = head.map { AuditHead(text: $0, seal)?.bytes(seal) ?? ($0.isEmpty ? AuditHead.blank : Array($0.utf8)) }
    var chain = AuditChainCheck(seal, head: bytes, isPart: isPart, endPlace: StoreAuditLines.place)
    var lines = StoreAuditLines(store)
    try await chain.read(&lines)
    return AuditVerification(chain)
  }

  init(_ check: AuditChainCheck) {
    records = check.records
    events = check.events
    tornLines = check.tornLines
    algorithm = check.seal.algorithm
    problem = check.problem
  }
}
