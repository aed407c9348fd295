public import DBAdapterCore
public import ServiceLifecycle

/// A connection manager as a service of a `ServiceGroup`.
///
/// ```swift
/// let group = ServiceGroup(
///   services: [ConnectionManagerService(manager), server], gracefulShutdownSignals: [.sigterm], logger: logger)
/// try await group.run()
/// ```
/// A group shuts its services down in the reverse of their order: name the manager before those that use it, so that
/// they are done when it closes its connections.
public struct ConnectionManagerService: Service {
  private let manager: ConnectionManager
  private let grace: Duration

  /// - Parameters:
  ///   - grace: how long sessions that are still lent may take at a graceful shutdown; then they are ended.
  ///     Default: 30 seconds.
  public init(_ manager: ConnectionManager, grace: Duration = .seconds(30)) {
    self.manager = manager
    self.grace = grace
  }

  /// Runs the manager until the group shuts down, then shuts the manager down; returns when its connections are closed.
  /// When the task is cancelled, sessions get no grace. Returns early, too, when the manager was shut down by others.
  public func run() async {
    await cancelWhenGracefulShutdown { [manager] in await manager.run() }
    await manager.shutdown(grace: Task.isCancelled ? .zero : grace)
  }
}
