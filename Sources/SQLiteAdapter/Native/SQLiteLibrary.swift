internal import CSQLite

/// The C library itself.
enum SQLiteLibrary {
  /// `3.40.1`.
  static var version: String { String(cString: sqlite3_libversion()) }

  /// `sqlite3 3.40.1`.
  static var name: String { "sqlite3 " + version }

  static func hasCompileOption(_ name: String) -> Bool { sqlite3_compileoption_used(name) != 0 }

  /// Whether a text that ends with a semicolon is a whole statement (sqlite.org/c3ref/complete.html): the body of a trigger holds
  /// semicolons of its own.
  static func isComplete(_ text: String) -> Bool { sqlite3_complete(text) != 0 }

  /// Compiled without its mutexes SQLite must not run in two threads at all (sqlite.org/threadsafe.html).
  static var isThreadSafe: Bool { sqlite3_threadsafe() != 0 }
}
