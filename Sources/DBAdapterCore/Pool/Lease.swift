/// One connection on loan from its pool.
struct Lease: Sendable {
  let pool: ConnectionPool
  let id: LeaseID
  let kind: LeaseKind
  let adapter: any IDBAdapter
  /// From asking to getting it.
  let wait: Duration

  /// Gives the connection back; no call of the session it was lent to begins any more.
  func giveBack(_ state: SessionState) {
    let isStillUsed = state.expire()
    let end: LeaseEnd =
      if state.hasLostServer {
        .serverLost
      } else if state.mustNotBeReused || isStillUsed || !adapter.isReusable {
        .spent
      } else {
        adapter.needsReset ? .dirty : .clean
      }
    pool.release(self, end)
  }
}
