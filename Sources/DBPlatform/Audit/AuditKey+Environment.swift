public import DBAdapterCore

extension AuditKey {
  /// The key that the environment names: the contents of the file `BOSDB_AUDIT_KEY_FILE`, without white space around them, or
  /// `BOSDB_AUDIT_KEY`. `nil` when it names none.
  /// - Throws: ``DBError/Code-swift.struct/permissionDenied`` when others can read the file, ``DBError/Code-swift.struct/objectNotFound`` when there
  ///   is none, ``DBError/Code-swift.struct/invalidParameter`` when the key is too short.
  public static func named(
    environment: (String) -> String? = ProcessEnvironment.value
  ) throws(DBError) -> AuditKey? {
    if let path = environment("BOSDB_AUDIT_KEY_FILE") {
      guard let contents = try PrivateFile.contents(path, as: "the audit key") else {
        throw DBError(.objectNotFound, "there is no file \(path), which BOSDB_AUDIT_KEY_FILE names")
      }
      let key = contents.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed()
      return try AuditKey(Array(key))
    }
    return try environment("BOSDB_AUDIT_KEY").map { (text) throws(DBError) in try AuditKey(Array(text.utf8)) }
  }
}
