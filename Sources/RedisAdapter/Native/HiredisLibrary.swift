internal import CHiredis

/// The C library as a whole.
enum HiredisLibrary {
  /// `hiredis 0.14.1`.
  static let version = "hiredis " + String(cString: bosdb_hiredis_version())
}
