internal import DBAdapterCore

/// What SQLite reported, as an error of the library: one function, driven by tables.
enum SQLiteErrors {
  /// When the call failed; the same result code means different things.
  enum Stage {
    case opening, readingHeader, preparing, running

    var isConnecting: Bool { self == .opening || self == .readingHeader }
  }

  /// Everything an error's sentence may need.
  struct Context {
    var stage: Stage
    /// The file, or `:memory:`.
    var path: String
    /// What refuses writes whatever the file would allow: `session`, `transaction`.
    var readOnlyScope: String?
    /// The statement, to count where the error lies.
    var text: String?
    /// Why the call was stopped, if it was.
    var stop = SQLiteOperation.Stop.none
    var timeout: Duration?
    var busyTimeout: Duration = .zero
  }

  static func error(_ failure: SQLiteFailure, _ context: Context) -> DBError {
    var diagnostics = ServerDiagnostics(
      nativeCode: Int(failure.code), nativeName: SQLiteCodeName.name(of: failure.code))
    diagnostics.detail = failure.message
    if let text = context.text, let offset = failure.byteOffset {
      diagnostics.position = position(ofByte: offset, in: text)
    }
    if [SQLiteCode.interrupt, SQLiteCode.busy, SQLiteCode.locked].contains(failure.primaryCode),
      let stopped = stopped(context.stop, context.timeout, diagnostics)
    {
      return stopped
    }
    let meaning = meaning(failure, context, &diagnostics)
    return DBError(
      meaning.code, meaning.message, retry: meaning.retry, server: diagnostics, adapter: .sqlite,
      refusedBy: isRefusal(failure, context) ? .server : nil)
  }

  /// Whether the authorizer said no. Of a function SQLite says so with the code of any error.
  private static func isDenied(_ failure: SQLiteFailure) -> Bool {
    failure.primaryCode == SQLiteCode.notAuthorized
      || (failure.primaryCode == SQLiteCode.error && failure.message.hasPrefix("not authorized to use function"))
  }

  /// Whether SQLite itself kept a read-only session from what it asked for.
  private static func isRefusal(_ failure: SQLiteFailure, _ context: Context) -> Bool {
    isDenied(failure)
      || (failure.primaryCode == SQLiteCode.readOnly && context.readOnlyScope != nil
        && SQLiteCodeName.name(of: failure.code) == "SQLITE_READONLY")
  }

  /// The error of a call that was stopped; `nil` when it was not.
  static func stopped(
    _ stop: SQLiteOperation.Stop, _ timeout: Duration?, _ diagnostics: ServerDiagnostics? = nil
  ) -> DBError? {
    switch stop {
    case .none: nil
    case .cancelled:
      DBError(
        .cancelled, "the statement was cancelled", server: diagnostics, adapter: .sqlite,
        underlying: CancellationError())
    case .timedOut:
      DBError(
        .timeout, "the statement was stopped: its time limit\(timeout.map { " of \($0)" } ?? "") is over",
        server: diagnostics, adapter: .sqlite)
    }
  }

  /// Characters from 1, as people count.
  static func position(ofByte offset: Int, in text: String) -> Int {
    let utf8 = text.utf8
    let index = utf8.index(utf8.startIndex, offsetBy: min(offset, utf8.count))
    return text.unicodeScalars[..<index].count + 1
  }

  // MARK: What the codes mean

  private typealias Meaning = (code: DBError.Code, message: String, retry: RetrySafety)

  private static func meaning(
    _ failure: SQLiteFailure, _ context: Context, _ diagnostics: inout ServerDiagnostics
  ) -> Meaning {
    let path = context.path
    if isDenied(failure) {
      return (
        .permissionDenied,
        """
        this session is read-only: no files may be attached, no settings changed and no extensions called; \
        open it with read-write access to allow it
        """, .never
      )
    }
    switch failure.primaryCode {
    case SQLiteCode.error: return (code(ofMessage: failure.message, context.stage), failure.message, .never)
    case SQLiteCode.constraint:
      SQLiteConstraintMessage(failure.message).fill(&diagnostics)
      return (.constraintViolation, failure.message, .never)
    case SQLiteCode.busy, SQLiteCode.locked: return busy(failure, context)
    case SQLiteCode.interrupt: return (.cancelled, "the statement was interrupted", .never)
    case SQLiteCode.notADatabase:
      return (
        context.stage.isConnecting ? .connectionFailed : .dataInvalid,
        "\(path) is not an SQLite database (or it is encrypted); check the path", .never
      )
    case SQLiteCode.corrupt:
      return (
        context.stage.isConnecting ? .connectionFailed : .dataInvalid,
        "the database file \(path) is damaged (\(failure.message)); run PRAGMA integrity_check and restore a backup",
        .never
      )
    case SQLiteCode.readOnly: return readOnly(failure, context)
    case SQLiteCode.full:
      return (.resourceLimit, "no space is left for \(path), on the disk or within max_page_count", .never)
    case SQLiteCode.outOfMemory: return (.resourceLimit, "SQLite is out of memory", .never)
    case SQLiteCode.tooBig: return (.dataInvalid, "a text, blob or row is too big: \(failure.message)", .never)
    case SQLiteCode.mismatch: return (.dataInvalid, failure.message, .never)
    case SQLiteCode.range: return (.invalidParameter, failure.message, .never)
    case SQLiteCode.cannotOpen where context.stage == .readingHeader:
      // The file itself is open by then; what is missing are the files that WAL mode keeps beside it.
      return (.connectionFailed, walNeedsFiles(path), .never)
    case SQLiteCode.cannotOpen:
      return (context.stage.isConnecting ? .connectionFailed : .serverError, cannotOpen(failure, path), .never)
    case SQLiteCode.permission: return (.permissionDenied, "\(path): access is denied", .never)
    case SQLiteCode.inputOutput:
      return (
        context.stage.isConnecting ? .connectionFailed : .serverError,
        "reading or writing \(path) failed (\(SQLiteCodeName.name(of: failure.code))): \(failure.message)", .never
      )
    default:
      return (
        context.stage.isConnecting ? .connectionFailed : .serverError,
        "\(failure.message) (\(SQLiteCodeName.name(of: failure.code)))", .never
      )
    }
  }

  private static func busy(_ failure: SQLiteFailure, _ context: Context) -> Meaning {
    if SQLiteCodeName.name(of: failure.code) == "SQLITE_BUSY_SNAPSHOT" {
      return (
        .serializationConflict,
        "another connection has written \(context.path) since this transaction began to read; roll it back and begin again",
        .safe
      )
    }
    let waited = context.busyTimeout == .zero ? "" : " for \(context.busyTimeout) (busy_timeout)"
    return (
      .lockNotAvailable,
      "\(context.path) is locked by another connection, which did not let go\(waited); try again later", .safe
    )
  }

  private static func readOnly(_ failure: SQLiteFailure, _ context: Context) -> Meaning {
    switch SQLiteCodeName.name(of: failure.code) {
    case "SQLITE_READONLY_CANTINIT", "SQLITE_READONLY_RECOVERY", "SQLITE_READONLY_CANTLOCK",
      "SQLITE_READONLY_DIRECTORY":
      return (context.stage.isConnecting ? .connectionFailed : .permissionDenied, walNeedsFiles(context.path), .never)
    case "SQLITE_READONLY_DBMOVED":
      return (.connectionLost, "\(context.path) was moved or deleted while it was open; open it again", .never)
    default:
      let message =
        context.readOnlyScope.map {
          "this \($0) is read-only: \(failure.message); open it with read-write access to allow it"
        }
        ?? "\(context.path) cannot be written: \(failure.message)"
      return (.permissionDenied, message, .never)
    }
  }

  private static func walNeedsFiles(_ path: String) -> String {
    """
    \(path) is in WAL mode, and its files \(path)-wal and \(path)-shm can neither be read nor made; \
    allow writing to its directory, or add ?immutable=1 if nobody writes to it
    """
  }

  private static func cannotOpen(_ failure: SQLiteFailure, _ path: String) -> String {
    "SQLite cannot open \(path) or a file beside it (\(SQLiteCodeName.name(of: failure.code))): \(failure.message)"
  }

  // MARK: The generic code, told apart by its sentence

  private static func code(ofMessage message: String, _ stage: Stage) -> DBError.Code {
    for (part, code) in sentences where message.contains(part) { return code }
    switch stage {
    case .opening, .readingHeader: return .connectionFailed
    case .preparing: return .syntaxError
    case .running: return .serverError
    }
  }

  /// In the order they are tried.
  private static let sentences: [(String, DBError.Code)] = [
    ("syntax error", .syntaxError), ("incomplete input", .syntaxError), ("unrecognized token", .syntaxError),
    ("no such savepoint", .transactionAborted), ("no such ", .objectNotFound), ("unknown database", .objectNotFound),
    ("no tables specified", .syntaxError), ("already exists", .objectExists),
    ("already another table or index with this name", .objectExists), ("duplicate column name", .objectExists),
    ("integer overflow", .dataInvalid), ("malformed JSON", .dataInvalid), ("JSON cannot hold", .dataInvalid),
    ("string or blob too big", .dataInvalid), ("is not writable", .permissionDenied),
    ("may not be ", .permissionDenied),
    ("cannot modify ", .permissionDenied), ("unsupported", .unsupported), ("too many ", .resourceLimit),
  ]

  // MARK: Opening

  /// Why a file could not be opened, from what the file system says; `nil` when that explains nothing.
  static func unopened(
    _ path: String, _ probe: SQLiteFileProbe, isReadOnly: Bool, creates: Bool, _ failure: SQLiteFailure?
  ) -> DBError? {
    var diagnostics: ServerDiagnostics?
    if let failure {
      diagnostics = ServerDiagnostics(nativeCode: Int(failure.code), nativeName: SQLiteCodeName.name(of: failure.code))
      diagnostics?.detail = failure.message
    }
    func failed(_ message: String, _ code: DBError.Code = .connectionFailed) -> DBError {
      DBError(code, message, server: diagnostics, adapter: .sqlite, endpoint: path, stage: .dial)
    }
    switch probe.kind {
    case .directory: return failed("\(path) is a directory; name the database file in it")
    case .pipe: return failed("\(path) is a pipe or a socket, and no database file")
    case .unreachable:
      return failed("\(path) cannot be reached: a directory on the way denies access", .permissionDenied)
    case .missing where !probe.isParentDirectory: return failed("the directory of \(path) does not exist")
    case .missing where creates && isReadOnly:
      return failed("\(path) does not exist, and a read-only session cannot create it; open it with write access")
    case .missing where creates:
      return failed("\(path) cannot be created: its directory denies writing", .permissionDenied)
    case .missing: return failed("\(path) does not exist; add ?mode=rwc to create it")
    case .file where !probe.isReadable: return failed("\(path) cannot be read: access is denied", .permissionDenied)
    case .file where !isReadOnly && !probe.isWritable:
      return failed("\(path) can be read but not written; open it read-only, or add ?mode=ro", .permissionDenied)
    case .file: return nil
    }
  }
}
