/// One connection on loan from its pool.
struct Lease: Sendable {
  let pool: ConnectionPool
  let id: LeaseID
  let adapter: any IDBAdapter
  /// From asking to getting it.
  let wait: Duration
}
