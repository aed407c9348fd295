// Ask a question: interpolated values become bound parameters, never text.
import DBAdapterBundle
import DBAdapterCore

let manager = ConnectionManager(registry: .standard)

struct Product: Decodable {
  let name: String
  let sold: Int
}

try await manager.withSession("sqlite:coffee-shop.sqlite") { session in
  let minimum = 215
  let result = try await session.execute(
    "SELECT product AS name, sold FROM top_products WHERE sold > \(minimum) ORDER BY sold DESC")
  for row in result.rows {
    let product = try row.decode(as: Product.self)
    print(product.name, product.sold)
  }
}

await manager.shutdown(grace: .seconds(5))
