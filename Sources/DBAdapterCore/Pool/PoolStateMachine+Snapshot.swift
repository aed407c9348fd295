extension PoolStateMachine {
  func isDialling(_ id: ConnectionID) -> Bool { connections[id]?.isDialling ?? false }

  func snapshot(
    _ identity: PoolIdentity, leaseWait: LatencySummary, execution: LatencySummary, now: Deadline
  ) -> PoolSnapshot {
    PoolSnapshot(
      identity: identity, health: health.summary, total: tally.open, active: tally.open - idle.count, idle: idle.count,
      dialling: tally.dialling, closing: tally.closing, sessions: tally.sessions, waiting: waiters.count,
      maximumConnections: configuration.maximumConnections, counters: counters, generation: generation,
      leaseWait: leaseWait, execution: execution, longestLease: longestLease(now),
      longestDial: connections.values.filter(\.isDialling).map { $0.dialledAt.elapsed(to: now) }.max(),
      lastDialFailure: health.lastFailure)
  }

  private func longestLease(_ now: Deadline) -> PoolSnapshot.LongestLease? {
    var oldest: LeaseRecord?
    for var connection in connections.values {
      connection.forEachLease { lease in
        if oldest.map({ lease.since < $0.since }) ?? true { oldest = lease }
      }
    }
    return oldest.map { PoolSnapshot.LongestLease(duration: $0.since.elapsed(to: now), origin: $0.site.location) }
  }
}
