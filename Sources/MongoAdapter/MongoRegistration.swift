public import DBAdapterCore

extension AdapterRegistration {
  /// MongoDB over libmongoc: `mongodb://` and `mongodb+srv://`.
  public static let mongodb = AdapterRegistration(
    MongoAdapter.descriptor,
    connector: { configuration throws(DBError) in try MongoConnector(configuration) },
    splitScript: { text throws(DBError) in try MongoScript.split(text) })
}
