internal import CLibMongoC

/// The C library that is loaded.
enum MongoLibrary {
  /// `libmongoc 1.23.1`.
  static let name = "libmongoc " + String(cString: mongoc_get_version())

  /// Starts the library, once a process.
  static let start: Void = bosdb_mongo_start()
}
