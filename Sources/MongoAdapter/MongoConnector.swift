public import DBAdapterCore

/// Makes the sessions of one connection string; they share libmongoc's pool of clients and its watch over the servers.
public final class MongoConnector: AdapterConnector {
  public let configuration: ConnectionConfiguration
  /// 10 connections, 2 at least, 30 seconds idle, 10 seconds in the queue, where the string's `maxPoolSize`, `minPoolSize`, `maxIdleTimeMS`
  /// and `waitQueueTimeoutMS` do not say otherwise.
  public let poolTraits: PoolTraits
  private let options: MongoOptions
  private let pool: MongoClientPool

  /// - Throws: ``DBError/Code-swift.struct/invalidConnectionString`` when neither we nor libmongoc understand the string.
  public init(_ configuration: ConnectionConfiguration) throws(DBError) {
    self.configuration = configuration
    options = try MongoOptions(configuration)
    poolTraits = PoolTraits(defaults: try Self.poolDefaults(options))
    do throws(MongoFailure) {
      pool = try MongoClientPool(options)
    } catch {
      throw MongoErrors.unreadable(error)
    }
  }

  private static func poolDefaults(_ options: MongoOptions) throws(DBError) -> PoolConfiguration {
    var settings = PoolConfiguration()
    settings.maximumConnections = 10
    settings.minimumConnections = 2
    settings.idleTimeout = .seconds(30)
    settings.leaseTimeout = .seconds(10)
    // libmongoc looks for a server again and again by itself, up to the connect timeout.
    settings.dialRetryDelays = []
    // MongoDB's own meaning of zero: no limit.
    if let most = try options.number("maxPoolSize") { settings.maximumConnections = most == 0 ? 1_000 : most }
    settings.minimumConnections = min(try options.number("minPoolSize") ?? 2, settings.maximumConnections)
    if let idle = try options.number("maxIdleTimeMS"), idle > 0 { settings.idleTimeout = .milliseconds(idle) }
    if let wait = try options.number("waitQueueTimeoutMS"), wait > 0 { settings.leaseTimeout = .milliseconds(wait) }
    return settings
  }

  public func makeAdapter() throws(DBError) -> any IDBAdapter { try MongoAdapter(options, pool) }

  public func shutdown() async {}
}
