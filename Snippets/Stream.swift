// Read any number of rows in constant memory; leaving the loop stops the statement on the server.
import DBAdapterBundle
import DBAdapterCore

let manager = ConnectionManager(registry: .standard)

try await manager.withSession("sqlite:coffee-shop.sqlite") { session in
  var cents: Int64 = 0
  try await session.withRows("SELECT quantity, unit_price_cents FROM order_details") { rows in
    for try await row in rows {
      let (quantity, price) = try row.decode((Int64, Int64).self)
      cents += quantity * price
    }
  }
  print("sold for \(cents) cents")
}

await manager.shutdown(grace: .seconds(5))
