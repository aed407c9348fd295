internal import DBAdapterCore

/// The lines of the log in a platform store, a page at a time.
struct StoreAuditLines: AuditLineSource {
  static let place = "platform_audit"
  private static let pageSize = 500

  private let store: PlatformStore
  private var page: ArraySlice<AuditSourceLine> = []
  private var last: Int64
  private var isDone = false

  init(_ store: PlatformStore, after sequence: Int64 = 0) {
    self.store = store
    last = sequence
  }

  /// The head's text; `nil` when there is no head, empty before the first record.
  static func head(of store: PlatformStore) async throws(DBError) -> String? {
    try await store.withSession { session in
      let rows = try await session.execute("SELECT last_hash FROM platform_audit_head WHERE id = 1").rows
      return try rows.first?.decode(String.self, at: 0)
    }
  }

  mutating func next() async throws(DBError) -> AuditSourceLine? {
    if page.isEmpty, !isDone { try await readPage() }
    return page.popFirst()
  }

  private mutating func readPage() async throws(DBError) {
    let last = last
    let lines = try await store.withSession { session in
      try await session.execute(
        "SELECT seq, time, body, prev_hash, hash FROM platform_audit WHERE seq > \(last) ORDER BY seq LIMIT \(Self.pageSize)"
      ).rows.map { try StoreAuditLines.line($0) }
    }
    isDone = lines.count < Self.pageSize
    self.last = lines.last.map { Int64($0.number) } ?? last
    page = lines[...]
  }

  private static func line(_ row: Row) throws -> AuditSourceLine {
    let sequence = try row.decode(Int64.self, at: 0)
    let body = Array(try row.decode(String.self, at: 2).utf8)
    // The other columns are what the body says, or the row is not as it was written.
    let line = AuditLine(body)
    var isConsistent = line?.sequence == sequence
    isConsistent = try isConsistent && line?.document["time"] == .text(row.decode(String.self, at: 1))
    isConsistent = try isConsistent && line?.previousHash == row.decode(String.self, at: 3)
    isConsistent = try isConsistent && line?.hash == row.decode(String.self, at: 4)
    return AuditSourceLine(
      place: place, number: Int(sequence), bytes: isConsistent ? body : [], isFirst: sequence == 1)
  }
}
