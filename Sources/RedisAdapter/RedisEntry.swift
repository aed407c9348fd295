public import DBAdapterCore

/// What is stored under a key.
public struct RedisEntry: Sendable {
  public let key: DBValue
  /// The server's word: `string`, `hash`, `list`, `set`, `zset`, `stream`.
  public let type: String
  /// How the server keeps it: `listpack`, `embstr`; `nil` when the user may not ask.
  public let encoding: String?
  /// `nil`: it does not expire.
  public let timeToLive: Duration?
  /// Bytes of a string, elements of anything else.
  public let length: Int
  /// What it takes in the server's memory, sampled for large collections; `nil` when the user may not ask.
  public let memory: Int?
  /// A string is one `value`; a hash `field` and `value`; a list `index` and `value`; a set `member`; a sorted set `member` and `score`; a
  /// stream `id` and `fields`.
  public let rows: RowBatch
  /// `false` when there are more elements than rows.
  public let isComplete: Bool
}

extension DatabaseSession {
  /// Reads a key, whatever its type. The parts are read one after the other: while somebody else writes, they need not fit together.
  /// - Parameter limit: the most elements to read of a collection. Default: no limit.
  /// - Returns: `nil` when there is no such key.
  /// - Throws: ``DBError/Code-swift.struct/unsupported`` for a type of a module and for engines other than Redis; what `execute` throws.
  public func redisEntry(
    _ key: DBValue, limit: Int? = nil, file: StaticString = #fileID, line: UInt = #line
  ) async throws(DBError) -> RedisEntry? {
    let reader = EntryReader(session: self, key: key, limit: limit, file: file, line: line)
    return try await reader.read()
  }
}

private struct EntryReader {
  let session: DatabaseSession
  let key: DBValue
  let limit: Int?
  let file: StaticString
  let line: UInt

  func read() async throws(DBError) -> RedisEntry? {
    let facts = try await session.pipeline(
      [request("TYPE"), request("PTTL"), request("OBJECT", "ENCODING"), request("MEMORY", "USAGE")], file: file,
      line: line)
    guard case .text(let type) = try facts[0].get().rows.first?[0], type != "none" else { return nil }
    guard let kind = Kind(rawValue: type) else {
      throw DBError(
        .unsupported, "a value of the type \(type) can be read by the commands of its module only", adapter: .redis)
    }
    let length = Int(number(try await execute(kind.length)) ?? 0)
    let (rows, isComplete) = try await contents(kind, length)
    let milliseconds = number(try facts[1].get()) ?? -1
    var encoding: String?
    if case .success(let result) = facts[2], case .text(let text)? = result.rows.first?[0] { encoding = text }
    var memory: Int?
    if case .success(let result) = facts[3] { memory = number(result).map { Int($0) } }
    return RedisEntry(
      key: key, type: type, encoding: encoding, timeToLive: milliseconds < 0 ? nil : .milliseconds(milliseconds),
      length: length, memory: memory, rows: rows, isComplete: isComplete)
  }

  private enum Kind: String {
    case string, hash, list, set, zset, stream

    var length: DBValue {
      switch self {
      case .string: "STRLEN"
      case .hash: "HLEN"
      case .list: "LLEN"
      case .set: "SCARD"
      case .zset: "ZCARD"
      case .stream: "XLEN"
      }
    }
  }

  private func contents(_ kind: Kind, _ length: Int) async throws(DBError) -> (RowBatch, isComplete: Bool) {
    // One more than wanted is asked for, to know whether there is more.
    let last: DBValue = limit.map { .int(Int64($0)) } ?? -1
    switch kind {
    case .string: return (try await execute("GET").rows, true)
    case .list: return numbered(try await execute("LRANGE", 0, last))
    case .zset: return whole(try await execute("ZRANGE", 0, last, "WITHSCORES"))
    case .stream:
      let count: [DBValue] = limit.map { ["COUNT", .int(Int64($0) + 1)] } ?? []
      return whole(try await run(QueryRequest(.command(["XRANGE", key, "-", "+"] + count), rowLimit: limit)))
    case .hash, .set:
      if length <= limit ?? .max {
        return whole(try await execute(kind == .hash ? "HGETALL" : ("SMEMBERS" as DBValue)))
      }
      return try await scanned(kind == .hash ? "HSCAN" : "SSCAN", limit ?? .max)
    }
  }

  private func whole(_ result: QueryResult) -> (RowBatch, isComplete: Bool) { (result.rows, result.truncation == nil) }

  private func numbered(_ result: QueryResult) -> (RowBatch, isComplete: Bool) {
    var table = ReplyTable(ColumnSet([.integer("index"), .string("value")]), limit: nil)
    for (index, row) in result.rows.enumerated() { table.add(.int(Int64(index)), row[0]) }
    return (table.finish(), result.truncation == nil)
  }

  /// Some elements of a collection, each once.
  private func scanned(_ command: String, _ limit: Int) async throws(DBError) -> (RowBatch, isComplete: Bool) {
    let columns: [ReplyColumn] = command == "HSCAN" ? [.string("field"), .string("value")] : [.string("member")]
    var table = ReplyTable(ColumnSet(columns), limit: limit)
    var seen: Set<DBValue> = []
    var cursor: DBValue = "0"
    repeat {
      let page = try await run(
        QueryRequest(.command([.text(command), key, cursor, "COUNT", .int(Int64(min(limit, 1_000)))])))
      cursor = page.rows.first?[0] ?? "0"
      // An empty page is a row of the cursor alone.
      for row in page.rows where !row.isNull(at: 1) && seen.insert(row[1]).inserted && table.begin() {
        for column in 1..<row.count { table.append(row[column]) }
      }
    } while cursor != "0" && !table.isCut
    return (table.finish(), !table.isCut)
  }

  private func number(_ result: QueryResult) -> Int64? {
    if case .int(let number)? = result.rows.first?[0] { return number }
    return nil
  }

  /// A command about the key: `OBJECT ENCODING key`.
  private func request(_ words: DBValue...) -> QueryRequest { QueryRequest(.command(words + [key])) }

  private func execute(_ name: DBValue, _ arguments: DBValue...) async throws(DBError) -> QueryResult {
    try await run(QueryRequest(.command([name, key] + arguments), rowLimit: limit))
  }

  private func run(_ request: QueryRequest) async throws(DBError) -> QueryResult {
    try await session.execute(request, file: file, line: line)
  }
}
