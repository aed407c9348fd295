internal import DBAdapterBundle
internal import DBAdapterCore
internal import DBPlatform
internal import Logging

/// Opens a connection once, to see how far that comes.
enum ConnectionTesting {
  /// - Parameter connectTimeout: the longest to wait for the connection. Default: 10 seconds.
  static func test(_ connectTimeout: Duration? = nil) -> ConnectionDirectory.Test {
    { string in await report(string, connectTimeout ?? .seconds(10)) }
  }

  private static func report(_ string: ConnectionString, _ limit: Duration) async -> ConnectionReport {
    var configuration = ConnectionManagerConfiguration(connectTimeout: limit, applicationName: "bosdb-cli")
    var pool = PoolConfiguration()
    pool.maximumConnections = 1
    pool.dialRetryDelays = []
    configuration.pool = pool
    let manager = ConnectionManager(registry: .standard, configuration: configuration, logger: .silent)
    let report = await manager.test(string, timeout: limit + .seconds(1))
    await manager.shutdown(grace: .zero)
    return report
  }
}
