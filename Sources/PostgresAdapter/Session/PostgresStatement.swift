internal import DBAdapterCore
internal import DBSQLSupport

/// A statement as the server described it: what it takes, what it gives.
final class PostgresStatement: Sendable {
  let text: String
  /// The name of the prepared statement; `nil` when the server keeps none, as behind a transaction pooler.
  let name: String?
  let parameterTypes: [PostgresType]
  let fields: [PGField]
  let columns: ColumnSet
  let isBinary: Bool
  /// What it can leave behind in the session.
  let traces: PostgresTraces
  /// What it changes of how later statements are read.
  let setting: PostgresSetting?

  init(
    text: String, name: String?, parameterTypes: [PostgresType], fields: [PGField], catalog: PostgresTypeCatalog,
    traces: PostgresTraces, setting: PostgresSetting? = nil, isBinary: Bool? = nil
  ) {
    self.text = text
    self.name = name
    self.parameterTypes = parameterTypes
    self.fields = fields
    self.traces = traces
    self.setting = setting
    let types = fields.map { catalog.type($0.type) }
    let isBinary = isBinary ?? types.allSatisfy(\.isBinaryExact)
    self.isBinary = isBinary
    columns =
      fields.isEmpty
      ? .empty
      : ColumnSet(
        zip(fields, types).map { field, type in
          Column(
            name: field.name,
            type: DBType(type.kind, nativeName: PostgresBuiltinTypes.name(of: type, modifier: field.modifier)))
        }, formats: types.map { $0.format(isBinary: isBinary) })
  }

  var target: PGSendTarget { name.map { .prepared($0) } ?? .text(text, types: parameterTypes.map(\.oid)) }
}

/// The statements of one connection, least recently used first out.
struct PostgresStatementCache {
  /// The same text means something else under other settings.
  struct Key: Hashable {
    let text: StatementText
    let reading: PostgresReading
  }

  /// Statements kept; none means that the server keeps no prepared statement of ours either.
  let capacity: Int
  private var statements: [Key: (statement: PostgresStatement, lastUse: UInt64)] = [:]
  private var clock: UInt64 = 0
  private var lastName: UInt64 = 0

  init(capacity: Int) { self.capacity = capacity }

  var count: Int { statements.count }

  mutating func statement(_ key: Key) -> PostgresStatement? {
    guard let index = statements.index(forKey: key) else { return nil }
    clock += 1
    statements.values[index].lastUse = clock
    return statements.values[index].statement
  }

  mutating func makeName() -> String {
    lastName += 1
    return "bosdb_\(lastName)"
  }

  /// Makes room for one more.
  /// - Returns: the name of the prepared statement that has to go.
  mutating func evict() -> String? {
    guard statements.count >= capacity, let oldest = statements.min(by: { $0.value.lastUse < $1.value.lastUse }) else {
      return nil
    }
    statements[oldest.key] = nil
    return oldest.value.statement.name
  }

  mutating func insert(_ statement: PostgresStatement, _ key: Key) {
    guard capacity > 0 else { return }
    clock += 1
    statements[key] = (statement, clock)
  }

  mutating func remove(_ key: Key) { statements[key] = nil }
  mutating func removeAll() { statements = [:] }
}
