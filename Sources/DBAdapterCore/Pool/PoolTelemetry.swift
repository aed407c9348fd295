/// What a pool tells the outside: its histograms, and the observer.
final class PoolTelemetry: Sendable {
  let identity: PoolIdentity
  private let observer: (any PoolObserver)?

  init(_ identity: PoolIdentity, observer: (any PoolObserver)?) {
    self.identity = identity
    self.observer = observer
  }

  /// From asking for a session to getting it.
  var leaseWait: LatencySummary { LatencySummary() }
  /// Statements of the pool's sessions.
  var execution: LatencySummary { LatencySummary() }

  /// Called outside the pool's lock for everything that happens.
  func record(_ event: PoolEvent) { observer?.pool(identity, event) }

  func recordExecution(_ elapsed: Duration) {}
}
