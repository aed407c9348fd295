internal import CSQLite
internal import DBAdapterCore

/// One `sqlite3 *`, opened without mutexes: it is used by the session's worker thread alone.
final class SQLiteConnectionHandle {
  /// How a database is opened (sqlite.org/c3ref/open.html).
  struct Opening: Sendable, Equatable {
    /// A `file:` URI (sqlite.org/uri.html).
    var uri: String
    var isReadOnly: Bool
    var creates: Bool
  }

  let hooks: SQLiteHooks
  private let database: OpaquePointer
  private let interruptHandle: SQLiteInterruptHandle

  init(_ opening: Opening, hooks: SQLiteHooks, interruptHandle: SQLiteInterruptHandle) throws(SQLiteFailure) {
    var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE
    flags |= opening.isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
    if opening.creates { flags |= SQLITE_OPEN_CREATE }
    var pointer: OpaquePointer?
    let code = sqlite3_open_v2(opening.uri, &pointer, flags, nil)
    guard let pointer else { throw SQLiteFailure(code: SQLiteCode.outOfMemory, message: "out of memory") }
    guard code == SQLITE_OK else {
      let failure = Self.failure(of: pointer, code)
      sqlite3_close_v2(pointer)
      throw failure
    }
    database = pointer
    self.hooks = hooks
    self.interruptHandle = interruptHandle
    hooks.install(on: pointer)
    interruptHandle.attach(pointer)
  }

  deinit {
    interruptHandle.detach(database)
    // Statements that are still alive keep the connection until they are finalized (sqlite.org/c3ref/close.html).
    sqlite3_close_v2(database)
  }

  /// Whether no transaction is open.
  var isAutocommit: Bool { sqlite3_get_autocommit(database) != 0 }

  /// Rows changed by the last INSERT, UPDATE or DELETE.
  var changes: Int { Int(sqlite3_changes64(database)) }

  /// Whether the main database cannot be written, for whatever reason.
  var isReadOnly: Bool { sqlite3_db_readonly(database, "main") == 1 }

  func restoreBusyHandler() { hooks.installBusyHandler(on: database) }

  /// What compiling a text gave.
  struct Prepared {
    /// `nil` when the text holds nothing but comments.
    var statement: SQLiteStatementHandle?
    /// Where the text after the first statement begins, in bytes.
    var tail: Int
  }

  /// Compiles the first statement of a text.
  /// - Parameter isPersistent: whether the statement is kept for reuse.
  func prepare(_ text: String, isPersistent: Bool) throws(SQLiteFailure) -> Prepared {
    var text = text
    var pointer: OpaquePointer?
    var tail = 0
    let code = text.withUTF8 { utf8 -> Int32 in
      guard utf8.count <= Int(Int32.max) else { return SQLITE_TOOBIG }
      return utf8.withMemoryRebound(to: CChar.self) { characters -> Int32 in
        var rest: UnsafePointer<CChar>?
        let code = sqlite3_prepare_v3(
          database, characters.baseAddress, Int32(characters.count),
          isPersistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0, &pointer, &rest)
        if let rest, let start = characters.baseAddress { tail = rest - start }
        return code
      }
    }
    guard code == SQLITE_OK else { throw failure(code) }
    return Prepared(statement: pointer.map { SQLiteStatementHandle($0, connection: self) }, tail: tail)
  }

  /// What the last call reported.
  func failure(_ code: Int32) -> SQLiteFailure { Self.failure(of: database, code) }

  private static func failure(of database: OpaquePointer, _ code: Int32) -> SQLiteFailure {
    let offset = Int(bosdb_sqlite3_error_offset(database))
    return SQLiteFailure(
      code: code, message: String(cString: sqlite3_errmsg(database)), byteOffset: offset < 0 ? nil : offset)
  }
}
