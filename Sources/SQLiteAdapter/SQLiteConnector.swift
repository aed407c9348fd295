public import DBAdapterCore

/// Makes the sessions of one SQLite database. They share nothing: each has a connection and a thread of its own.
public struct SQLiteConnector: AdapterConnector {
  public let configuration: ConnectionConfiguration

  /// - Throws: ``DBError/Code-swift.struct/invalidConnectionString`` when the string names no file or a parameter SQLite does not have;
  ///   ``DBError/Code-swift.struct/unsupported`` when the library was built for a single thread.
  public init(_ configuration: ConnectionConfiguration) throws(DBError) {
    _ = try SQLiteOptions(configuration)
    guard SQLiteLibrary.isThreadSafe else {
      throw DBError(
        .unsupported, "this sqlite3 library was built without thread safety (SQLITE_THREADSAFE=0); install another",
        adapter: .sqlite)
    }
    self.configuration = configuration
  }

  public func makeAdapter() throws(DBError) -> any IDBAdapter { try SQLiteAdapter(configuration) }

  public func shutdown() async {}
}
