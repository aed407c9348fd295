/// One connection on loan from its pool.
struct Lease: Sendable {
  let pool: ConnectionPool
  let id: LeaseID
  let adapter: any IDBAdapter
  /// Whether nobody else has a session on the connection.
  let isExclusive: Bool
  /// From asking to getting it.
  let wait: Duration
}
