public import DBAdapterCore

extension AdapterRegistration {
  /// SQLite, for `sqlite:path`, `sqlite::memory:` and `file:` URIs.
  public static let sqlite = AdapterRegistration(SQLiteAdapter.descriptor) { configuration throws(DBError) in
    try SQLiteConnector(configuration)
  } splitScript: { text throws(DBError) in
    try SQLiteScript.statements(in: text)
  }
}
