internal import ArgumentParser
internal import DBAdapterCore
internal import MongoAdapter
internal import PostgresAdapter
internal import RedisAdapter
internal import SQLiteAdapter

/// Measures what the guard adds to a statement of about 1 kB: to find out what it does, for the first time and again.
struct GuardCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "guard", abstract: "Measure the classification of a statement of 1 kB, new and known.")

  @Option(help: "How many statements a round classifies.")
  var statements = 200

  @Option(help: "How many rounds; the middle one counts.")
  var rounds = 21

  func run() async throws {
    print("engine      bytes   new (µs)   known (µs)")
    try await measure("postgresql", .postgres, "postgres://localhost/x", isConnected: false, Self.postgres)
    try await measure("mongodb", .mongodb, "mongodb://localhost/x", isConnected: false, Self.mongo)
    try await measure("sqlite", .sqlite, "sqlite::memory:", isConnected: true, Self.sqlite)
    if let url = BosDBBench.redisURL { try await measure("redis", .redis, url, isConnected: true, Self.redis) }
  }

  private func measure(
    _ name: String, _ registration: AdapterRegistration, _ url: String, isConnected: Bool, _ text: (Int) -> String
  ) async throws {
    let adapter = try registration.connector(
      ConnectionConfiguration(try ConnectionString(url), access: .readWrite, connectTimeout: .seconds(5))
    ).makeAdapter()
    if isConnected { try await adapter.connect() }
    var number = 0
    var new: [Double] = []
    var known: [Double] = []
    for _ in 0..<rounds {
      let requests = (0..<statements).map { _ in
        number += 1
        return QueryRequest(.text(text(number)))
      }
      for list in [requests, Array(repeating: requests[0], count: statements)] {
        let start = ContinuousClock.now
        for request in list { _ = try await adapter.classify(request) }
        let time = (ContinuousClock.now - start) / .microseconds(statements)
        if list == requests { new.append(time) } else { known.append(time) }
      }
    }
    await adapter.close()
    let size = text(1).utf8.count
    print(
      "\(Self.padded(name, 10)) \(Self.padded(size, 6)) \(Self.padded(Self.middle(new), 10)) \(Self.padded(Self.middle(known), 12))"
    )
  }

  private static func middle(_ times: [Double]) -> Double { (times.sorted()[times.count / 2] * 10).rounded() / 10 }

  private static func padded(_ value: Any, _ width: Int) -> String {
    let text = "\(value)"
    return value is String
      ? text + String(repeating: " ", count: max(0, width - text.count))
      : String(repeating: " ", count: max(0, width - text.count)) + text
  }

  // MARK: Statements

  private static func postgres(_ number: Int) -> String {
    """
    WITH recent AS (
      SELECT o.id, o.customer_id, o.placed_at, o.total,
        row_number() OVER (PARTITION BY o.customer_id ORDER BY o.placed_at DESC) AS position
      FROM sales.orders AS o
      WHERE o.placed_at >= now() - interval '30 days' AND o.status IN ('paid', 'shipped', 'delivered')
    ), totals AS (
      SELECT customer_id, sum(total) AS total, count(*) AS orders, max(placed_at) AS latest
      FROM recent GROUP BY customer_id HAVING sum(total) > \(number)
    )
    SELECT c.id, c.name, c.email, t.total, t.orders, t.latest, coalesce(a.city, 'unknown') AS city,
      CASE WHEN t.total > 1000 THEN 'gold' WHEN t.total > 500 THEN 'silver' ELSE 'bronze' END AS tier
    FROM totals AS t JOIN sales.customers AS c ON c.id = t.customer_id
    LEFT JOIN LATERAL (SELECT city FROM sales.addresses WHERE customer_id = c.id ORDER BY since LIMIT 1) AS a ON true
    WHERE c.deleted_at IS NULL AND lower(c.email) LIKE '%@example.com'
      AND EXISTS (SELECT 1 FROM recent AS r WHERE r.customer_id = c.id AND r.position = 1)
    ORDER BY t.total DESC NULLS LAST, c.name LIMIT 50 OFFSET 10
    """
  }

  /// Without tables, as it is compiled in an empty database.
  private static func sqlite(_ number: Int) -> String {
    let columns = (0..<20).map { "upper('column \($0)') || coalesce(NULL, \($0)) AS c\($0)" }
    return "WITH t (a) AS (VALUES (\(number))) SELECT \(columns.joined(separator: ", ")) FROM t WHERE a > 1 ORDER BY a"
  }

  private static func mongo(_ number: Int) -> String {
    let conditions = (0..<30).map { "{field\($0): {$gte: \($0), $lt: \(number)}}" }.joined(separator: ", ")
    return "db.orders.aggregate([{$match: {$and: [\(conditions)]}}, {$group: {_id: '$city', n: {$sum: 1}}}])"
  }

  private static func redis(_ number: Int) -> String {
    "MGET " + (0..<50).map { "customer:\(number):orders:\($0)" }.joined(separator: " ")
  }
}
