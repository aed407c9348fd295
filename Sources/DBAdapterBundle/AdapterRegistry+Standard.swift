public import DBAdapterCore
internal import PostgresAdapter
internal import RedisAdapter
internal import SQLiteAdapter

extension AdapterRegistry {
  /// Every adapter of this package.
  public static let standard: AdapterRegistry = {
    do {
      return try AdapterRegistry([.postgres, .redis, .sqlite])
    } catch {
      preconditionFailure("\(error)")
    }
  }()
}
