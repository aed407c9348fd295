internal import CSQLite
internal import DBAdapterCore

/// One compiled statement, `sqlite3_stmt *`; it keeps its connection open.
final class SQLiteStatementHandle {
  /// What a step did.
  enum Step { case row, done }

  private let statement: OpaquePointer
  private let connection: SQLiteConnectionHandle
  private var knownColumns: ColumnSet?
  private var preparations: Int32 = 0
  private let texts = SQLiteTextArena()

  init(_ statement: OpaquePointer, connection: SQLiteConnectionHandle) {
    self.statement = statement
    self.connection = connection
  }

  deinit { sqlite3_finalize(statement) }

  /// Whether the statement writes to no database file (sqlite.org/c3ref/stmt_readonly.html).
  var isReadOnly: Bool { sqlite3_stmt_readonly(statement) != 0 }

  // MARK: Parameters

  /// The number of the highest parameter.
  var parameterCount: Int { Int(sqlite3_bind_parameter_count(statement)) }

  /// `:name`, or `nil` for a plain `?`.
  func parameterName(_ number: Int) -> String? {
    sqlite3_bind_parameter_name(statement, Int32(number)).map { String(cString: $0) }
  }

  /// Makes room for the texts that are bound next. No run is under way, and every parameter is bound anew before the next is.
  func prepareTexts(of values: [DBValue]) {
    var size = 0
    for case .text(let text) in values { size += text.utf8.count }
    texts.startOver(size)
  }

  /// Binds a value that SQLite stores as it is, without making it anything else first.
  /// - Returns: `false` for other values.
  func bindAsItIs(_ value: DBValue, at number: Int) throws(SQLiteFailure) -> Bool {
    let number = Int32(truncatingIfNeeded: number)
    let code: Int32
    switch value {
    case .null: code = sqlite3_bind_null(statement, number)
    case .int(let value): code = sqlite3_bind_int64(statement, number, value)
    case .double(let value) where !value.isNaN: code = sqlite3_bind_double(statement, number, value)
    case .text(let text):
      guard let bound = text.utf8.withContiguousStorageIfAvailable({ bindText($0, number) }) else { return false }
      code = bound
    default: return false
    }
    guard code == SQLITE_OK else { throw connection.failure(code) }
    return true
  }

  /// - Parameter number: from 1.
  func bind(_ value: SQLiteBinding, at number: Int) throws(SQLiteFailure) {
    let number = Int32(number)
    let code =
      switch value {
      case .null: sqlite3_bind_null(statement, number)
      case .integer(let value): sqlite3_bind_int64(statement, number, value)
      case .real(let value): sqlite3_bind_double(statement, number, value)
      case .text(var text): text.withUTF8 { bindText($0, number) }
      case .blob(let bytes): bytes.withUnsafeBytes { bindBlob($0, number) }
      }
    guard code == SQLITE_OK else { throw connection.failure(code) }
  }

  private func bindText(_ utf8: UnsafeBufferPointer<UInt8>, _ number: Int32) -> Int32 {
    utf8.withMemoryRebound(to: CChar.self) { characters in
      // A nil pointer would bind NULL.
      guard let start = characters.baseAddress else { return bosdb_sqlite3_bind_text(statement, number, "", 0) }
      if let kept = texts.keep(characters) {
        return bosdb_sqlite3_bind_static_text(statement, number, kept, UInt64(characters.count))
      }
      return bosdb_sqlite3_bind_text(statement, number, start, UInt64(characters.count))
    }
  }

  private func bindBlob(_ bytes: UnsafeRawBufferPointer, _ number: Int32) -> Int32 {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return sqlite3_bind_zeroblob(statement, number, 0) }
    return bosdb_sqlite3_bind_blob(statement, number, start, UInt64(bytes.count))
  }

  // MARK: Running

  func step() throws(SQLiteFailure) -> Step {
    switch sqlite3_step(statement) {
    case SQLITE_ROW: return .row
    case SQLITE_DONE: return .done
    case let code: throw connection.failure(code)
    }
  }

  /// Ends the run and forgets the parameters, which may be large.
  func reset() {
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
  }

  // MARK: Results

  /// The columns as they are after the last step: SQLite compiles a statement again when the schema has changed.
  var columns: ColumnSet {
    let now = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_REPREPARE, 0)
    if let knownColumns, now == preparations { return knownColumns }
    let columns = readColumns()
    knownColumns = columns
    preparations = now
    return columns
  }

  /// How many columns a row has; none for a statement without rows.
  var columnCount: Int { Int(sqlite3_column_count(statement)) }

  private func readColumns() -> ColumnSet {
    guard columnCount > 0 else { return .empty }
    let columns = (0..<sqlite3_column_count(statement)).map { index in
      Column(
        name: sqlite3_column_name(statement, index).map { String(cString: $0) } ?? "",
        type: SQLiteDeclaredType.type(sqlite3_column_decltype(statement, index).map { String(cString: $0) } ?? ""))
    }
    return ColumnSet(columns, formats: columns.map { _ in .text })
  }

  /// Copies the current row. Every cell keeps the storage class it has (sqlite.org/datatype3.html section 2), whatever the column
  /// was declared as.
  func appendRow(to builder: inout RowBatchBuilder, width: Int) throws(SQLiteFailure) {
    for index in 0..<Int32(truncatingIfNeeded: width) {
      // The value is looked up once and then read. It is an unprotected one, which makes no difference to a connection that
      // is used by one thread at a time (sqlite.org/c3ref/value.html).
      let value = sqlite3_column_value(statement, index)
      switch sqlite3_value_type(value) {
      case SQLITE_INTEGER: builder.append(int: sqlite3_value_int64(value))
      case SQLITE_FLOAT: builder.append(double: sqlite3_value_double(value))
      case SQLITE_TEXT:
        guard let text = sqlite3_value_text(value) else { throw outOfMemory }
        builder.append(text: UnsafeRawBufferPointer(start: text, count: Int(sqlite3_value_bytes(value))))
      case SQLITE_BLOB:
        let blob = sqlite3_value_blob(value)
        let count = Int(sqlite3_value_bytes(value))
        if blob == nil, count > 0 { throw outOfMemory }
        builder.append(bytes: UnsafeRawBufferPointer(start: blob, count: count))
      default: builder.appendNull()
      }
    }
  }

  private var outOfMemory: SQLiteFailure { SQLiteFailure(code: SQLITE_NOMEM, message: "out of memory") }
}
