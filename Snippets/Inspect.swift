// Look at a table: the same model for every engine.
import DBAdapterBundle
import DBAdapterCore

let manager = ConnectionManager(registry: .standard)

try await manager.withSession("sqlite:coffee-shop.sqlite") { session in
  let table = try await session.describe(TableReference(name: "order_details"))
  for column in table.columns { print(column.name, column.type, column.isNullable ? "null" : "not null") }
  for constraint in table.constraints {
    if case .foreignKey(let key) = constraint.kind {
      print(constraint.columns.joined(separator: ", "), "→", key.table, key.columns.joined(separator: ", "))
    }
  }
}

await manager.shutdown(grace: .seconds(5))
