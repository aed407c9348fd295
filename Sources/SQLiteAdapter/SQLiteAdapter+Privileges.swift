public import DBAdapterCore

extension SQLiteAdapter: PrivilegeReporting {
  /// SQLite has no users: what the file system lets this process and others do with the file.
  public func privileges() async throws(DBError) -> SessionPrivileges {
    let options = options
    return try await access.perform(timeout: .seconds(10)) { session throws(DBError) in
      let isReadOnlyFile = try session.open().isReadOnly
      guard !options.isMemory else { return SessionPrivileges(user: nil, mayWrite: !options.isReadOnly) }
      let rights = SQLiteFileRights(path: options.path)
      var findings: [SessionPrivileges.Finding] = []
      func add(_ condition: Bool, _ kind: String, _ detail: String) {
        if condition { findings.append(SessionPrivileges.Finding(kind, detail)) }
      }
      add(rights.isWorldWritable, "worldWritable", "can be written by every user of this machine")
      add(rights.isWorldReadable, "worldReadable", "can be read by every user of this machine")
      add(
        isReadOnlyFile && rights.isWritable, "writableFile",
        "was opened for reading, and the file system would let it be written")
      add(rights.isSuperuser, "superuser", "is used by root, whom no right of a file holds back")
      return SessionPrivileges(user: nil, mayWrite: rights.isWritable, findings: findings)
    }
  }
}
