internal import DBAdapterCore

/// The rows of a reply in the making, up to a limit.
struct ReplyTable {
  private var builder: RowBatchBuilder
  private let limit: Int
  private var count = 0
  private(set) var isCut = false

  init(_ columns: ColumnSet, limit: Int?) {
    builder = RowBatchBuilder(columns: columns)
    self.limit = limit ?? .max
  }

  /// Begins a row whose cells are then appended, one a column; `false` when the limit is reached and the row is left out.
  mutating func begin() -> Bool {
    guard count < limit else {
      isCut = true
      return false
    }
    count += 1
    return true
  }

  /// A row of finished values.
  mutating func add(_ values: DBValue...) {
    if begin() { for value in values { append(value) } }
  }

  /// A part of a reply as it is.
  mutating func append(_ reply: RedisReply?) {
    guard let reply else { return builder.appendNull() }
    switch reply.kind {
    case .bulk, .status: reply.withBytes { builder.append(string: $0) }
    case .integer: reply.integer.map { builder.append(int: $0) }
    case .null: builder.appendNull()
    case .error, .array: builder.append(value: reply.value)
    }
  }

  mutating func appendNull() { builder.appendNull() }
  mutating func append(_ value: DBValue) { builder.append(value: value) }
  mutating func append(argument bytes: ArraySlice<UInt8>) { bytes.withUnsafeBytes { builder.append(string: $0) } }

  /// A number that Redis sends as a string: `1.5`, `inf`; as it is when it is none.
  mutating func append(double reply: RedisReply?) {
    guard let reply, let number = reply.text.flatMap({ Double($0) }) else { return append(reply) }
    builder.append(double: number)
  }

  /// Seconds or milliseconds since 1970.
  mutating func append(moment reply: RedisReply?, unit: Int64 = 1_000_000) {
    guard let number = reply?.integer, case let (product, false) = number.multipliedReportingOverflow(by: unit),
      let moment = DBTimestamp(unixMicroseconds: product)
    else { return append(reply) }
    builder.append(value: .timestamp(moment))
  }

  mutating func finish() -> RowBatch { builder.finish(rowCount: count) }
}

/// A column of a reply.
struct ReplyColumn: Sendable {
  let name: String
  let type: DBType

  /// A string: text, or bytes where it is not valid UTF-8.
  static func string(_ name: String) -> ReplyColumn {
    ReplyColumn(name: name, type: DBType(.text, nativeName: "string"))
  }
  static func integer(_ name: String) -> ReplyColumn {
    ReplyColumn(name: name, type: DBType(.integer, nativeName: "integer"))
  }
  static func double(_ name: String) -> ReplyColumn {
    ReplyColumn(name: name, type: DBType(.float, nativeName: "double"))
  }
  static func moment(_ name: String) -> ReplyColumn {
    ReplyColumn(name: name, type: DBType(.timestamp, nativeName: "integer"))
  }
  static func list(_ name: String) -> ReplyColumn { ReplyColumn(name: name, type: DBType(.array, nativeName: "array")) }
  static func map(_ name: String) -> ReplyColumn { ReplyColumn(name: name, type: DBType(.document, nativeName: "map")) }
  /// Cells of any kind.
  static func any(_ name: String) -> ReplyColumn { ReplyColumn(name: name, type: DBType(.unknown, nativeName: "any")) }
}

extension ColumnSet {
  convenience init(_ columns: [ReplyColumn]) {
    self.init(
      columns.map { Column(name: $0.name, type: $0.type) }, formats: columns.map { _ in .text },
      writesNumbersAsText: true)
  }
}
