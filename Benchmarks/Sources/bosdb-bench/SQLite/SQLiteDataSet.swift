internal import DBAdapterCore
internal import SQLiteAdapter

/// The database file of the SQLite benchmarks, in the run's own directory.
struct SQLiteDataSet: Sendable {
  let path: String
  /// Rows of the table that is read from end to end.
  let rows: Int

  init(directory: String, isQuick: Bool) throws {
    path = directory + "/bench.sqlite"
    rows = isQuick ? 100_000 : 1_000_000
    let limit = try SQLiteLimit(path)
    try limit.execute("CREATE TABLE item (\(Self.columns))")
    try limit.insert(Self.insert(into: "item"), rows: rows, names: Self.names)
    try limit.execute("PRAGMA wal_checkpoint(TRUNCATE)")
  }

  static let columns =
    "id INTEGER PRIMARY KEY, name TEXT NOT NULL, score REAL NOT NULL, at INTEGER NOT NULL, flag INTEGER NOT NULL, extra INTEGER"
  static let read = "SELECT id, name, score, at, flag, extra FROM item"
  static let lookup = "SELECT name FROM item WHERE id = ?1"
  static let names = (0..<1_024).map { index in
    let text = "item \(index)"
    return text + String(repeating: ".", count: 20 - text.count)
  }

  static func insert(into table: String) -> String { "INSERT INTO \(table) VALUES (?1, ?2, ?3, ?4, ?5, ?6)" }

  /// The values of a row as a request binds them.
  static func values(_ row: Int) -> [DBValue] {
    [
      .int(Int64(row)), .text(names[row & 1_023]), .double(Double(row) * 0.5), .int(Int64(row) * 1_000_000),
      .int(Int64(row & 1)), row.isMultiple(of: 10) ? .null : .int(Int64(row % 1_000)),
    ]
  }

  /// Keys in an order that jumps about, the same in every run.
  func keys(_ count: Int) -> [Int32] {
    var state: UInt32 = 0x2545_F491
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Int32(state >> 8) % Int32(rows)
    }
  }

  private static let manager: ConnectionManager = {
    do {
      return ConnectionManager(registry: try AdapterRegistry([.sqlite]))
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  func withSession<R>(
    policy: AccessPolicy = .readOnly, path other: String? = nil, _ body: (DatabaseSession) async throws -> R
  ) async throws -> R {
    try await Self.manager.withSession("sqlite:\(other ?? path)", policy: policy, body)
  }
}
