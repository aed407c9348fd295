public import DBAdapterCore

/// Which keys to look for.
public struct RedisKeySearch: Sendable, Hashable {
  /// A glob as Redis has them: `cart:*`. Default: every key.
  public var pattern: DBValue?
  /// `string`, `hash`, `list`, `set`, `zset`, `stream`, or a module's. Default: any.
  public var type: String?
  /// How many keys the server looks at before it answers others. Default: 1,000.
  public var pageSize = 1_000
  /// The most keys. Default: no limit.
  public var limit: Int?
  /// The longest the search may take. Default: no limit.
  public var timeout: Duration?

  public init() {}

  /// One column, `key`: text, or bytes where a key is not valid UTF-8.
  public static let columns = ColumnSet([.string("key")])
}

extension DatabaseSession {
  /// Goes through the keys of the session's database in steps that hold nobody up (SCAN; on all primaries of a cluster), and lends them as they
  /// are found, each once. Keys that are made or removed meanwhile may be among them or not.
  ///
  /// What was found is kept until the end, to know it again: about a hundred bytes a key.
  /// - Returns: `false` when there are more keys than the limit.
  /// - Throws: what ``withRows(_:batchSize:file:line:_:)`` throws, and whatever `body` throws.
  public func withRedisKeys(
    _ search: RedisKeySearch = RedisKeySearch(), file: StaticString = #fileID, line: UInt = #line,
    _ body: (RowBatch) async throws -> Void
  ) async throws -> Bool {
    var arguments: [DBValue] = ["SCAN", "0", "COUNT", .int(Int64(search.pageSize))]
    if let pattern = search.pattern { arguments += ["MATCH", pattern] }
    if let type = search.type { arguments += ["TYPE", .text(type)] }
    let request = QueryRequest(.command(arguments), intent: .read, timeout: search.timeout)
    return try await withRows(request, batchSize: search.pageSize, file: file, line: line) { rows in
      var seen: Set<DBValue> = []
      for try await batch in rows.batches {
        var table = ReplyTable(RedisKeySearch.columns, limit: nil)
        var isCut = false
        for row in batch where seen.insert(row[0]).inserted {
          isCut = seen.count > search.limit ?? .max
          guard !isCut, table.begin() else { break }
          table.append(key: row[0])
        }
        let keys = table.finish()
        if !keys.isEmpty { try await body(keys) }
        if isCut { return false }
      }
      return true
    }
  }
}

extension ReplyTable {
  /// A key that was read before.
  fileprivate mutating func append(key: DBValue) {
    switch key {
    case .text(let text): append(argument: Array(text.utf8)[...])
    case .bytes(let bytes): append(argument: bytes.bytes[...])
    default: append(key)
    }
  }
}
