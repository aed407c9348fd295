public import DBAdapterCore

/// Makes the sessions of one SQLite database. They share nothing: each has a connection and a thread of its own.
public struct SQLiteConnector: AdapterConnector {
  public let configuration: ConnectionConfiguration
  /// A database that is only read: up to 10 connections. One that may be written: a single one, because SQLite has one writer at a time, and
  /// to wait for the connection is fair, while waiting for another connection's lock is not. A database in memory ends with its
  /// connection, so that no connection is kept for another session; up to 10 at a time.
  public let poolTraits: PoolTraits

  /// - Throws: ``DBError/Code-swift.struct/invalidConnectionString`` when the string names no file or a parameter SQLite does not have;
  ///   ``DBError/Code-swift.struct/unsupported`` when the library was built for a single thread.
  public init(_ configuration: ConnectionConfiguration) throws(DBError) {
    let options = try SQLiteOptions(configuration)
    guard SQLiteLibrary.isThreadSafe else {
      throw DBError(
        .unsupported, "this sqlite3 library was built without thread safety (SQLITE_THREADSAFE=0); install another",
        adapter: .sqlite)
    }
    self.configuration = configuration
    var settings = PoolConfiguration()
    settings.maximumConnections = options.isMemory || options.isReadOnly ? 10 : 1
    poolTraits = PoolTraits(defaults: settings, keepsConnections: !options.isMemory)
  }

  public func makeAdapter() throws(DBError) -> any IDBAdapter { try SQLiteAdapter(configuration) }

  public func shutdown() async {}
}
