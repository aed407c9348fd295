// Fifty tasks share the connections of one pool.
import DBAdapterBundle
import DBAdapterCore

let shop = try ConnectionString("sqlite:coffee-shop.sqlite")
try await ConnectionManager.withManager(registry: .standard) { manager in
  try await withThrowingTaskGroup(of: Void.self) { group in
    for _ in 0..<50 {
      group.addTask { _ = try await manager.execute("SELECT count(*) FROM orders", on: shop) }
    }
    try await group.waitForAll()
  }
  for pool in manager.snapshot() { print(pool.counters.leases, "leases over", pool.total, "connections") }
}
