public import DBAdapterCore
internal import PostgresAdapter

extension AdapterRegistry {
  /// Every adapter of this package.
  public static let standard: AdapterRegistry = {
    do {
      return try AdapterRegistry([.postgres])
    } catch {
      preconditionFailure("\(error)")
    }
  }()
}
