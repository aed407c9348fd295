internal import DBAdapterCore
internal import DBSQLSupport

/// A compiled statement with what its text says.
final class SQLiteStatement {
  let text: String
  let verb: SQLiteVerb
  /// What front ends show: `SELECT`, `CREATE TABLE`.
  let tag: String
  let handle: SQLiteStatementHandle
  let isReadOnly: Bool
  let parameterCount: Int
  /// Whether it changes rows and SQLite counts them.
  let countsChanges: Bool
  /// Whether it is done with its first step: it changes rows and returns none.
  let isOneStep: Bool
  /// Whether it neither begins or ends a transaction nor sets anything: there is nothing to take note of when it has run.
  let isPlain: Bool
  /// Whether it can change the session itself: a setting, an attached file, something temporary.
  let changesSession: Bool
  /// Whether it is running; it must not be lent a second time then.
  var isInUse = false
  fileprivate var lastUse = 0

  init(text: String, verb: SQLiteVerb, handle: SQLiteStatementHandle, changesSession: Bool) {
    self.text = text
    self.verb = verb
    tag = verb.tag
    self.handle = handle
    isReadOnly = handle.isReadOnly
    parameterCount = handle.parameterCount
    countsChanges = verb.isRowChange && !handle.isReadOnly
    isOneStep = countsChanges && handle.columnCount == 0
    isPlain = !verb.isTransactionControl && verb.pragma == nil
    self.changesSession = changesSession
  }

  /// `?1`, or the name the statement gives the parameter.
  func parameterName(_ number: Int) -> String { handle.parameterName(number) ?? "?\(number)" }

  /// Binds values by the order of their parameters.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` when their number is wrong or one has no storage class.
  func bind(_ values: [DBValue], _ error: (SQLiteFailure) -> DBError) throws(DBError) {
    guard values.count == parameterCount else { throw wrongCount(values.count) }
    handle.prepareTexts(of: values)
    for index in values.indices {
      do throws(SQLiteFailure) {
        if try handle.bindAsItIs(values[index], at: index + 1) { continue }
      } catch let failure {
        throw error(failure)
      }
      let binding = try SQLiteBinding(values[index], parameter: parameterName(index + 1))
      do throws(SQLiteFailure) {
        try handle.bind(binding, at: index + 1)
      } catch let failure {
        throw error(failure)
      }
    }
  }

  private func wrongCount(_ given: Int) -> DBError {
    var names = (1...max(1, min(parameterCount, 8))).map(parameterName).joined(separator: ", ")
    if parameterCount > 8 { names += ", …" }
    let wanted =
      switch parameterCount {
      case 0: "no parameters"
      case 1: "1 parameter (\(names))"
      default: "\(parameterCount) parameters (\(names))"
      }
    let values = given == 1 ? "1 value was given" : "\(given) values were given"
    return DBError(.invalidParameter, "the statement has \(wanted), \(values)", adapter: .sqlite)
  }
}

/// The statements a connection keeps compiled, the ones used last.
struct SQLiteStatementCache {
  private var statements: [StatementText: SQLiteStatement] = [:]
  /// The statement used last: most often it is used again, and to compare the same text with itself takes no time.
  private var latest: SQLiteStatement?
  private var clock = 0
  private let capacity: Int

  init(capacity: Int = 64) { self.capacity = capacity }

  /// A statement that is not running.
  mutating func take(_ text: String) -> SQLiteStatement? {
    let text = StatementText(text)
    if let latest, StatementText(latest.text) == text { return latest.isInUse ? nil : latest }
    guard let statement = statements[text], !statement.isInUse else { return nil }
    use(statement)
    return statement
  }

  mutating func insert(_ statement: SQLiteStatement) {
    if statements.count >= capacity,
      let oldest = statements.values.lazy.filter({ !$0.isInUse }).min(by: { $0.lastUse < $1.lastUse })
    {
      statements[StatementText(oldest.text)] = nil
    }
    statements[StatementText(statement.text)] = statement
    use(statement)
  }

  private mutating func use(_ statement: SQLiteStatement) {
    clock += 1
    statement.lastUse = clock
    latest = statement
  }

  mutating func removeAll() {
    statements = [:]
    latest = nil
  }
}
