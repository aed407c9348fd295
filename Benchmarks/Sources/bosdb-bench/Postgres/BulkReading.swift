internal import DBAdapterCore

/// The ways in which a caller can read every cell of a streamed result.
enum BulkReading {
  /// Values by position: `row[2]`.
  static func byIndex(_ session: DatabaseSession, _ text: String) async throws -> Checksum {
    try await session.withRows(request(text)) { rows in
      var sum = Checksum()
      for try await row in rows {
        try add(row, to: &sum)
      }
      return sum
    }
  }

  /// Values by position, a batch at a time: no `await` a row.
  static func byBatch(_ session: DatabaseSession, _ text: String) async throws -> Checksum {
    try await session.withRows(request(text)) { rows in
      var sum = Checksum()
      for try await batch in rows.batches {
        for row in batch { try add(row, to: &sum) }
      }
      return sum
    }
  }

  /// Swift types by position: `row.decode(Int64.self, at: 0)`.
  static func typed(_ session: DatabaseSession, _ text: String) async throws -> Checksum {
    try await session.withRows(request(text)) { rows in
      var sum = Checksum()
      for try await row in rows {
        sum.rows += 1
        sum.add(try row.decode(Int64.self, at: 0))
        sum.add(Int64(try row.decode(String.self, at: 1).utf8.count))
        sum.add(Int64(try row.decode(Double.self, at: 2)))
        sum.add(try row.decode(DBTimestamp.self, at: 3).microsecondsSince2000)
        sum.add(try row.decode(Bool.self, at: 4) ? 1 : 0)
        if let extra = try row.decode(Int32?.self, at: 5) { sum.add(Int64(extra)) }
      }
      return sum
    }
  }

  /// A tuple a row.
  static func tuples(_ session: DatabaseSession, _ text: String) async throws -> Checksum {
    try await session.withRows(request(text)) { rows in
      var sum = Checksum()
      for try await row in rows {
        let (id, name, score, at, flag, extra) =
          try row.decode((Int64, String, Double, DBTimestamp, Bool, Int32?).self)
        sum.rows += 1
        sum.add(id)
        sum.add(Int64(name.utf8.count))
        sum.add(Int64(score))
        sum.add(at.microsecondsSince2000)
        sum.add(flag ? 1 : 0)
        if let extra { sum.add(Int64(extra)) }
      }
      return sum
    }
  }

  /// A `Decodable` structure a row.
  static func structures(_ session: DatabaseSession, _ text: String) async throws -> Checksum {
    try await session.withRows(request(text)) { rows in
      var sum = Checksum()
      for try await row in rows {
        let item = try row.decode(as: Item.self)
        sum.rows += 1
        sum.add(item.id)
        sum.add(Int64(item.name.utf8.count))
        sum.add(Int64(item.score))
        sum.add(item.at.value.microsecondsSince2000)
        sum.add(item.flag ? 1 : 0)
        if let extra = item.extra { sum.add(Int64(extra)) }
      }
      return sum
    }
  }

  @inline(__always)
  private static func add(_ row: Row, to sum: inout Checksum) throws {
    sum.rows += 1
    for column in 0..<6 {
      switch row[column] {
      case .int(let value): sum.add(value)
      case .text(let value): sum.add(Int64(value.utf8.count))
      case .double(let value): sum.add(Int64(value))
      case .timestamp(let value): sum.add(value.microsecondsSince2000)
      case .bool(let value): sum.add(value ? 1 : 0)
      case .null: break
      case let other: throw BenchmarkFailure("a cell is \(other.kindName)")
      }
    }
  }

  private static func request(_ text: String) -> QueryRequest { QueryRequest(.text(text), intent: .read) }

  private struct Item: Decodable {
    let id: Int64
    let name: String
    let score: Double
    let at: Moment
    let flag: Bool
    let extra: Int32?
  }

  /// A timestamp as `Decodable`, which `DBTimestamp` is not.
  private struct Moment: DBDecodable, Decodable {
    let value: DBTimestamp

    init(_ value: DBTimestamp) { self.value = value }
    init(from decoder: any Decoder) throws { throw BenchmarkFailure("a moment is decoded from a value, not by parts") }
    static func decode(_ value: DBValue) throws(DecodeFailure) -> Moment { Moment(try DBTimestamp.decode(value)) }
  }
}
