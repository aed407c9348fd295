internal import CSQLite
internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What SQLite asks while it works: may this be done, is somebody still waiting, shall a lock be waited for. Called on the
/// connection's worker thread, from inside the C library.
final class SQLiteHooks {
  /// What statements may do.
  enum Permission: Sendable {
    case everything
    /// No attached files, no settings, no code from elsewhere. That tables are not written is SQLite's own part: the file is open
    /// for reading and `query_only` is on.
    case reading
    /// Nothing runs: pragmas take effect while they are compiled, so they are left out.
    case inspecting
  }

  var permission = Permission.everything
  var operation: SQLiteOperation?
  /// How long a lock of another connection is waited for.
  var busyTimeout: Duration
  /// Functions named by statements compiled while ``permission`` was ``Permission/inspecting``.
  var seenFunctions: Set<String> = []
  /// Whether a statement compiled since it was last asked makes something that outlives it in the session, or can do anything.
  var sawTraces = false
  private var busySince = Deadline.now()

  /// Instructions of SQLite's virtual machine between two looks at the clock: some tens of microseconds.
  private static let instructionsBetweenChecks: Int32 = 4_000

  init(busyTimeout: Duration) { self.busyTimeout = busyTimeout }

  /// Has the connection ask from now on; the hooks must outlive it.
  func install(on database: OpaquePointer) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    sqlite3_progress_handler(
      database, Self.instructionsBetweenChecks,
      { context in context.flatMap(SQLiteHooks.from)?.operation?.mustStop == true ? 1 : 0 }, context)
    sqlite3_set_authorizer(
      database,
      { context, action, first, second, database, _ in
        guard let hooks = context.flatMap(SQLiteHooks.from) else { return SQLITE_DENY }
        return hooks.authorize(action, first, second, database)
      }, context)
    installBusyHandler(on: database)
  }

  /// `PRAGMA busy_timeout` puts SQLite's own handler in place of ours; this puts ours back.
  func installBusyHandler(on database: OpaquePointer) {
    sqlite3_busy_handler(
      database, { context, attempt in context.flatMap(SQLiteHooks.from)?.waitForLock(attempt) == true ? 1 : 0 },
      Unmanaged.passUnretained(self).toOpaque())
  }

  private static func from(_ context: UnsafeMutableRawPointer) -> SQLiteHooks {
    Unmanaged<SQLiteHooks>.fromOpaque(context).takeUnretainedValue()
  }

  /// Sleeps a moment, on the worker thread; `false` when nobody waits any longer.
  private func waitForLock(_ attempt: Int32) -> Bool {
    if attempt == 0 { busySince = .now() }
    if operation?.mustStop == true { return false }
    let left = busyTimeout.nanoseconds - busySince.elapsed().nanoseconds
    guard left > 0 else { return false }
    // Short at first, because most locks are held for a moment; never longer than a cancellation may go unnoticed.
    let step: Int64 = attempt < 4 ? 500_000 : attempt < 10 ? 2_000_000 : 10_000_000
    usleep(UInt32(max(1, min(step, left) / 1_000)))
    return true
  }

  private static func leavesTraces(
    _ action: Int32, _ second: UnsafePointer<CChar>?, _ database: UnsafePointer<CChar>?
  ) -> Bool {
    switch action {
    case SQLITE_CREATE_TEMP_TABLE, SQLITE_CREATE_TEMP_INDEX, SQLITE_CREATE_TEMP_VIEW, SQLITE_CREATE_TEMP_TRIGGER,
      SQLITE_ATTACH, SQLITE_DETACH:
      true
    case SQLITE_CREATE_TABLE, SQLITE_CREATE_INDEX, SQLITE_CREATE_VIEW, SQLITE_CREATE_TRIGGER, SQLITE_CREATE_VTABLE:
      database.map { strcmp($0, "temp") == 0 } ?? true
    case SQLITE_FUNCTION:
      second.map { SQLiteClassifier.reachesOutside(String(cString: $0).lowercased()) } ?? true
    default: false
    }
  }

  private func authorize(
    _ action: Int32, _ first: UnsafePointer<CChar>?, _ second: UnsafePointer<CChar>?,
    _ database: UnsafePointer<CChar>?
  ) -> Int32 {
    switch permission {
    case .everything:
      if Self.leavesTraces(action, second, database) { sawTraces = true }
      return SQLITE_OK
    case .inspecting:
      if action == SQLITE_PRAGMA { return SQLITE_IGNORE }
      if action == SQLITE_FUNCTION, let second { seenFunctions.insert(String(cString: second).lowercased()) }
      return SQLITE_OK
    case .reading:
      switch action {
      case SQLITE_ATTACH, SQLITE_DETACH: return SQLITE_DENY
      case SQLITE_PRAGMA:
        guard let first else { return SQLITE_DENY }
        let isRead = SQLitePragma.effect(String(cString: first), hasArgument: second != nil) == .read
        return isRead ? SQLITE_OK : SQLITE_DENY
      case SQLITE_FUNCTION:
        return second.map { SQLiteClassifier.reachesOutside(String(cString: $0).lowercased()) } == true
          ? SQLITE_DENY : SQLITE_OK
      default: return SQLITE_OK
      }
    }
  }
}
