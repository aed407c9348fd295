/// Collections in which the server keeps what lets people in.
enum MongoSecrets {
  /// Whether reading the collection shows credentials, keys or the server's settings. The log of operations is among them: it has
  /// whatever was written to the others.
  /// - Parameter database: `nil` when it is not known.
  static func contains(_ collection: String, in database: String?) -> Bool {
    if ofAnyDatabase.contains(collection) { return true }
    return (database ?? "local") == "local" && ofLocal.contains(collection)
  }

  /// They are in `admin`; nobody else can make collections of such names.
  private static let ofAnyDatabase: Set<String> = ["system.users", "system.keys", "system.backup_users"]
  private static let ofLocal: Set<String> = ["startup_log", "oplog.rs"]
}
