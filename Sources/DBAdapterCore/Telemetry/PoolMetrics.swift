internal import Metrics

/// The metrics of one pool, by OpenTelemetry's semantic conventions for database clients.
///
/// Every metric of a name has the same dimensions whatever the pool; one that is unknown is an empty string. A backend
/// for Prometheus stops the process when they differ.
final class PoolMetrics: Sendable {
  private let factory: any MetricsFactory
  private let dimensions: [(String, String)]
  private let idle: Meter
  private let used: Meter
  private let pending: Meter
  private let maximum: Meter
  private let minimumIdle: Meter
  private let timeouts: Counter
  private let createTime: Timer
  private let waitTime: Timer
  private let useTime: Timer
  private let operation: Timer
  /// A timer for each code that statements failed with; `nil` once the metrics are destroyed.
  private let failedOperations = Locked<[DBError.Code: Timer]?>([:])

  /// `nil` when the factory's metrics go nowhere.
  init?(_ identity: PoolIdentity, _ configuration: PoolConfiguration, _ factory: any MetricsFactory) {
    if factory is NOOPMetricsHandler { return nil }
    self.factory = factory
    let dimensions = Self.dimensions(of: identity)
    self.dimensions = dimensions
    func meter(_ name: String, _ more: [(String, String)] = []) -> Meter {
      Meter(label: "db.client.connection.\(name)", dimensions: dimensions + more, factory: factory)
    }
    func timer(_ name: String) -> Timer {
      Timer(
        label: "db.client.connection.\(name)", dimensions: dimensions, preferredDisplayUnit: .seconds, factory: factory)
    }
    idle = meter("count", [("db.client.connection.state", "idle")])
    used = meter("count", [("db.client.connection.state", "used")])
    pending = meter("pending_requests")
    maximum = meter("max")
    minimumIdle = meter("idle.min")
    timeouts = Counter(label: "db.client.connection.timeouts", dimensions: dimensions, factory: factory)
    createTime = timer("create_time")
    waitTime = timer("wait_time")
    useTime = timer("use_time")
    operation = Self.operation("", dimensions, factory)
    maximum.set(configuration.maximumConnections)
    minimumIdle.set(configuration.minimumConnections)
    set(active: 0, idle: 0, waiting: 0)
  }

  func record(_ event: PoolEvent) {
    switch event {
    case .opened(let elapsed): createTime.recordNanoseconds(elapsed.nanoseconds)
    case .leased(let wait): waitTime.recordNanoseconds(wait.nanoseconds)
    case .released(let held): useTime.recordNanoseconds(held.nanoseconds)
    case .leaseTimedOut: timeouts.increment()
    case .evicted, .shutDown: destroy()
    case .created, .dialFailed, .closed, .breakerOpened, .breakerClosed, .generationRaised, .leakSuspected: break
    }
  }

  func recordExecution(_ elapsed: Duration, _ failure: DBError.Code?) {
    guard let failure else { return operation.recordNanoseconds(elapsed.nanoseconds) }
    let timer = failedOperations.withLock { timers -> Timer? in
      if timers == nil { return nil }
      if let known = timers?[failure] { return known }
      let timer = Self.operation(failure.rawValue, dimensions, factory)
      timers?[failure] = timer
      return timer
    }
    timer?.recordNanoseconds(elapsed.nanoseconds)
  }

  func set(active: Int, idle: Int, waiting: Int) {
    used.set(active)
    self.idle.set(idle)
    pending.set(waiting)
  }

  private func destroy() {
    let failed = failedOperations.withLock { timers in
      defer { timers = nil }
      return timers
    }
    guard let failed else { return }
    for meter in [idle, used, pending, maximum, minimumIdle] { meter.destroy() }
    timeouts.destroy()
    for timer in [createTime, waitTime, useTime, operation] + failed.values { timer.destroy() }
  }

  private static func operation(
    _ failure: String, _ dimensions: [(String, String)], _ factory: any MetricsFactory
  ) -> Timer {
    Timer(
      label: "db.client.operation.duration", dimensions: dimensions + [("error.type", failure)],
      preferredDisplayUnit: .seconds, factory: factory)
  }

  private static func dimensions(of identity: PoolIdentity) -> [(String, String)] {
    let (address, port) = parts(ofEndpoint: identity.endpoint)
    return [
      ("db.system.name", systemName(of: identity.kind)), ("db.client.connection.pool.name", identity.id),
      ("server.address", address), ("server.port", port), ("db.namespace", identity.database ?? ""),
    ]
  }

  /// OpenTelemetry's name of the system.
  private static func systemName(of kind: DatabaseKind) -> String { kind == .postgres ? "postgresql" : kind.rawValue }

  /// `host:port` in its parts; a path, and a list of servers, is an address without a port.
  private static func parts(ofEndpoint endpoint: String) -> (address: String, port: String) {
    guard !endpoint.hasPrefix("/"), !endpoint.hasPrefix("@"), !endpoint.contains(","),
      let colon = endpoint.lastIndex(of: ":"), UInt16(endpoint[endpoint.index(after: colon)...]) != nil
    else { return (endpoint, "") }
    var host = endpoint[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    return (String(host), String(endpoint[endpoint.index(after: colon)...]))
  }
}
