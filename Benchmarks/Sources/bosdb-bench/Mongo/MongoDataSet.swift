internal import DBAdapterCore
internal import Glibc
internal import MongoAdapter

/// Where the MongoDB benchmarks run: a collection made for this run, removed after it.
struct MongoDataSet: Sendable {
  let url: String
  let database: String
  let collection: String
  let count: Int
  let limit: MongoLimit

  init(url: String, isQuick: Bool) throws {
    self.url = url
    database = try ConnectionString(url).database ?? "test"
    collection = "bosdb_bench_\(getpid())"
    count = isQuick ? 20_000 : 200_000
    limit = try MongoLimit(url, database, collection)
    try limit.fill(count)
  }

  func drop() throws { try limit.drop() }

  /// Ids in an order that jumps about, the same in every run.
  func ids(_ number: Int) -> [Int32] { PostgresDataSet.keys(number).map { $0 % Int32(count) + 1 } }

  func withManager<R>(_ body: (ConnectionManager, ConnectionString) async throws -> R) async throws -> R {
    let target = try ConnectionString(url)
    return try await ConnectionManager.withManager(registry: try AdapterRegistry([.mongodb]), policy: .readWrite) {
      try await body($0, target)
    }
  }

  func withSession<R>(_ body: (DatabaseSession) async throws -> R) async throws -> R {
    try await withManager { manager, target in try await manager.withSession(target, body) }
  }

  /// One document by its `_id` as a caller of the library asks for it, all its fields walked.
  func find(_ session: DatabaseSession, _ id: Int32) async throws {
    let request = QueryRequest(
      .document([
        "find": .text(collection), "filter": .document(["_id": .int(Int64(id))]), "limit": 1, "singleBatch": true,
      ]))
    guard let document = try await session.execute(request).rows.first?.bson else {
      throw BenchmarkFailure("no document")
    }
    var sum: UInt64 = 0
    Self.walk(document, &sum)
  }

  /// Reads every field, nested ones too.
  static func walk(_ document: BSONDocument, _ sum: inout UInt64) {
    document.forEachElement { walk($0, &sum) }
  }

  private static func walk(_ element: BSONElement, _ sum: inout UInt64) {
    switch element.kind {
    case .int32, .int64: sum &+= UInt64(bitPattern: element.integer ?? 0)
    case .date: sum &+= UInt64(bitPattern: element.date?.millisecondsSince1970 ?? 0)
    case .bool: sum &+= element.bool == true ? 1 : 0
    case .double: sum &+= UInt64(element.double ?? 0)
    case .string: sum &+= UInt64(element.textBytes?.count ?? 0)
    case .document, .array: element.forEachElement { walk($0, &sum) }
    default: break
    }
  }

  /// The same with a Swift value made of each.
  static func values(_ document: BSONDocument, _ sum: inout UInt64) {
    for (name, value) in document {
      sum &+= UInt64(name.utf8.count)
      values(value, &sum)
    }
  }

  private static func values(_ value: BSONValue, _ sum: inout UInt64) {
    switch value {
    case .int32(let number): sum &+= UInt64(bitPattern: Int64(number))
    case .int64(let number): sum &+= UInt64(bitPattern: number)
    case .date(let date): sum &+= UInt64(bitPattern: date.millisecondsSince1970)
    case .bool(let value): sum &+= value ? 1 : 0
    case .double(let number): sum &+= UInt64(number)
    case .string(let text): sum &+= UInt64(text.utf8.count)
    case .document(let nested): values(nested, &sum)
    case .array(let list): for element in list { values(element, &sum) }
    default: break
    }
  }
}
