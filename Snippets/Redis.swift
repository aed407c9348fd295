// What Docs/Redis.md shows, against the Redis at REDIS_URL, or at localhost. Its keys begin with "try:".
import DBAdapterCore
import Foundation
import RedisAdapter

let text = ProcessInfo.processInfo.environment["REDIS_URL"] ?? "redis://localhost"
let url = try ConnectionString(text)
let manager = ConnectionManager(registry: try AdapterRegistry([.redis]), policy: .readWrite)

// MARK: Commands

try await manager.withSession(url) { session in
  let customer = 17
  try await session.execute("SET try:customer:\(customer) \("Zoë \"Z\" Ødegård") EX 60")
  let name = try await session.execute("GET try:customer:\(customer)").rows[0].decode(String.self)
  let visits = try await session.execute("INCRBY try:visits:\(customer) 2").rows[0].decode(Int.self)
  let email = try await session.execute("GET try:email:\(customer)").rows[0].decode(String?.self)  // nil: no such key
  print(name, visits, email ?? "without e-mail")
}

try await manager.withSession(url) { session in
  let picture = DBBytes([0x89, 0x50, 0x4E, 0x47])
  try await session.execute(QueryRequest(.command(["HSET", "try:product:1", "name", "Flat white", "price", 3.5])))
  try await session.execute("HSET try:product:1 picture \(picture)")
  for row in try await session.execute("HGETALL try:product:1").rows {
    let field = try row.decode(String.self, at: "field")
    if field == "price" { print(field, try row.decode(Double.self, at: "value")) }
  }
  if case .document(let product) = try await session.native("HGETALL try:product:1") { print(product["name"] ?? .null) }
}

// MARK: One connection

try await withThrowingTaskGroup(of: Void.self) { group in
  for number in 0..<1_000 {
    group.addTask {
      let request: QueryRequest = "SET try:load:\(number) \(number) EX 60"
      _ = try await manager.execute(request, on: url)
    }
  }
  try await group.waitForAll()
}

// MARK: Commands that wait

try await manager.withSession(url) { session in
  try await session.execute("RPUSH try:jobs first")
  let (list, job) = try await session.execute("BLPOP try:jobs 0").rows[0].decode((String, String).self)
  print(list, job)

  let waiting: QueryRequest = "BLPOP try:jobs 0"
  do {
    _ = try await session.execute(waiting.timeout(.milliseconds(100)))
  } catch let error as DBError where error.code == .timeout {
    print("no job came, and none was lost")
  }
}

// MARK: A connection of one's own

try await manager.withSession(url, exclusively: true) { session in
  try await session.execute("SELECT 1")
  _ = try await session.execute("DBSIZE")
}

// MARK: Pipelines

try await manager.withSession(url) { session in
  let results = try await session.pipeline(["INCR try:a", "INCR try:product:1", "INCR try:a"])
  for result in results {
    switch result {
    case .success(let result): print(result.rows[0][0])
    case .failure(let error): print(error.server?.nativeName ?? "")  // WRONGTYPE
    }
  }
}

// MARK: All or nothing

try await manager.withSession(url) { session in
  let results = try await session.atomically(["DECRBY try:account:1 30", "INCRBY try:account:2 30"])
  for result in results { _ = try result.get() }
}

try await manager.withSession(url) { session in
  try await session.execute("SET try:stock:7 3")
  let sold = try await session.atomically(watching: ["try:stock:7"]) { session in
    let left = try await session.execute("GET try:stock:7").rows[0].decode(Int?.self) ?? 0
    return left > 0 ? ["DECR try:stock:7", "RPUSH try:orders 7"] : []
  }
  print(sold.isEmpty ? "sold out" : "sold")
}

// MARK: Messages

/// Prints orders until one says that the shop closes.
func watchOrders() async throws {
  try await manager.withSession(url) { session in
    try await session.withMessages(of: [.channel("try:orders"), .pattern("try:news.*")]) { messages in
      try await session.execute("PUBLISH try:orders closed")
      for try await message in messages {
        print(message.source, message.payload)
        if message.payload == "closed" { break }
      }
    }
  }
}
try await watchOrders()

// MARK: Consumer groups

try await manager.withSession(url) { session in
  try await session.execute("XADD try:sales * product 1 amount 3.50")
  var options = ConsumerGroupOptions()
  options.takeOverAfter = .seconds(60)
  try await session.withConsumerGroup("billing", of: "try:sales", as: "worker-1", options) { entries in
    for try await entry in entries {
      print(entry.fields["amount"] ?? .null, entry.isRepeated)
      try await entries.acknowledge(entry)
      break
    }
  }
}

// MARK: Sentinels

func readWhatMayBeOld() async throws {
  let url = "redis-sentinel://:password@sentinel-1,sentinel-2,sentinel-3/shop?sentinel_password=other"
  try await manager.withSession(url, preference: .replica) { session in print(session.endpoint) }
}

// MARK: Scripts

try await manager.withSession(url, policy: .readOnly) { session in
  let script = "return redis.call('STRLEN', KEYS[1]) + tonumber(ARGV[1])"
  print(try await session.execute("EVAL_RO \(script) 1 try:customer:17 \(1)").rows[0].decode(Int.self))
}

// MARK: Keys

try await manager.withSession(url) { session in
  try await session.withRows("SCAN 0 MATCH try:load:* COUNT 500") { rows in
    var keys: Set<DBValue> = []
    for try await row in rows { keys.insert(row[0]) }
    print(keys.count)
  }

  var search = RedisKeySearch()
  search.pattern = "try:*"
  search.type = "hash"
  let isComplete = try await session.withRedisKeys(search) { keys in
    for key in keys { print(key[0]) }
  }
  print(isComplete)

  if let entry = try await session.redisEntry("try:product:1", limit: 100) {
    print(entry.type, entry.length, entry.timeToLive ?? "does not expire")
  }
}

// MARK: Clean up

try await manager.withSession(url) { session in
  var search = RedisKeySearch()
  search.pattern = "try:*"
  _ = try await session.withRedisKeys(search) { keys in
    try await session.execute(QueryRequest(.command(["UNLINK"] + keys.map { $0[0] })))
  }
}
await manager.shutdown(grace: .seconds(5))
