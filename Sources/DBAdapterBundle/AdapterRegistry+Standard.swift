public import DBAdapterCore
internal import MongoAdapter
internal import PostgresAdapter
internal import RedisAdapter
internal import SQLiteAdapter

extension AdapterRegistry {
  /// Every adapter of this package.
  public static let standard: AdapterRegistry = {
    do {
      return try AdapterRegistry([.postgres, .redis, .mongodb, .sqlite])
    } catch {
      preconditionFailure("\(error)")
    }
  }()
}
