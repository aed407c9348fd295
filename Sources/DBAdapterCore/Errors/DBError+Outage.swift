extension DBError {
  /// Whether the server could not be reached at all. What it answered, a refusal included, is no outage.
  var isOutage: Bool {
    switch code {
    case .connectionFailed, .connectionLost, .serverShuttingDown, .leaseTimeout, .tooManyConnections: true
    case .timeout: stage != nil
    default: false
    }
  }
}
