public import DBAdapterCore

extension AdapterRegistration {
  /// Redis and Valkey over hiredis: `redis://`, `rediss://`, `redis+unix:`, `redis-cluster://`, `redis-sentinel://`.
  public static let redis = AdapterRegistration(
    RedisAdapter.descriptor,
    connector: { configuration throws(DBError) in try RedisConnector(configuration) },
    splitScript: { text throws(DBError) in try RedisScript.split(text) })
}
