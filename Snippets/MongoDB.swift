// What Docs/MongoDB.md shows, against the MongoDB at MONGODB_URL, or at localhost. Its collections begin with "try_".
import DBAdapterCore
import Foundation
import MongoAdapter

let text = ProcessInfo.processInfo.environment["MONGODB_URL"] ?? "mongodb://localhost/try"
let url = try ConnectionString(text)
let manager = ConnectionManager(registry: try AdapterRegistry([.mongodb]), policy: .readWrite)

// MARK: Commands

struct Product: Codable {
  var _id: Int
  var name: String
  var price: DBDecimal
  var tags: [String]?
}

try await manager.withSession(url) { session in
  try await session.insert(
    [
      ["_id": 1, "name": "Flat white", "price": .decimal128(BSONDecimal128("3.50")!), "tags": ["hot", "milk"]],
      try BSONDocument(encoding: Product(_id: 2, name: "Cold brew", price: DBDecimal("4.20")!)),
    ], into: "try_products")

  let limit = DBDecimal("4.00")!
  let cheap = try await session.execute("db.try_products.find({price: {$lt: \(limit)}}, {tags: 0})")
  for row in cheap.rows { print(try row.decode(as: Product.self).name) }

  let found = try await session.execute(#"{find: "try_products", filter: {_id: 2}}"#)
  print(try found.rows[0].decode(String.self, at: "name"), found.rows[0].bson?["price"] ?? .null)
}

// MARK: Writes

try await manager.withSession(url) { session in
  var options = MongoBulkOptions()
  options.isOrdered = false
  let result = try await session.bulkWrite(
    [
      .insert(["_id": 1]),
      MongoWrite(.updateOne(filter: ["_id": 3], change: ["$set": ["name": "Espresso"]]), options: ["upsert": true]),
      MongoWrite(.deleteMany(filter: ["tags": "milk"])),
    ], to: "try_products", options)
  print(result.upserted.count, "upserted", result.deleted, "deleted")
  for error in result.errors { print(error.position, error.code) }
}

// MARK: Streams

try await manager.withSession(url) { session in
  try await session.insert((1...2_000).map { ["_id": .int32($0), "total": .int32($0 * 10)] }, into: "try_orders")
  var sum = 0
  try await session.withRows("db.try_orders.find()") { rows in
    for try await row in rows { sum += try row.decode(Int.self, at: "total") }
  }
  print(sum)
}

// MARK: Transactions

try await manager.withSession(url) { session in
  try await session.insert([["_id": "a", "left": 100], ["_id": "b", "left": 0]], into: "try_accounts")
  try await session.withRetriedTransaction { session in
    try await session.execute("db.try_accounts.updateOne({_id: \("a")}, {$inc: {left: \(-30)}})")
    try await session.execute("db.try_accounts.updateOne({_id: \("b")}, {$inc: {left: \(30)}})")
  }
}

// MARK: Changes

try await manager.withSession(url) { session in
  try await session.withChanges(of: .collection("try_orders")) { changes in
    _ = try await manager.withSession(url) { try await $0.insert([["_id": 9_001]], into: "try_orders") }
    for try await change in changes {
      print(change.operation, change.key ?? [:])
      break
    }
  }
}

// MARK: Inspection

try await manager.withSession(url, policy: .readOnly) { session in
  let products = try await session.describe(TableReference(schema: nil, name: "try_products"))
  for field in products.columns { print(field.name, field.type, field.presence ?? 0) }
  let plan = try await session.explain("db.try_products.find({name: 'Espresso'})", mode: .analyze)
  for note in plan.notes { print(note) }
}

// MARK: Clean up

try await manager.withSession(url) { session in
  for name in ["try_products", "try_orders", "try_accounts"] {
    try await session.execute(QueryRequest(.document(["drop": .text(name)])))
  }
}
await manager.shutdown(grace: .seconds(5))
