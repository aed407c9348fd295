public import DBAdapterCore

extension SQLiteAdapter: PrivilegeReporting {
  /// SQLite has no users: what the file system lets this process and others do with the file.
  public func privileges() async throws(DBError) -> SessionPrivileges {
    let options = options
    return try await access.perform(timeout: .seconds(10)) { session throws(DBError) in
      _ = try session.open()
      guard !options.isMemory else { return SessionPrivileges(user: nil, mayWrite: !options.isReadOnly) }
      let rights = SQLiteFileRights(path: options.path)
      let finding = SessionPrivileges.Finding("worldWritable", "can be written by every user of this machine")
      return SessionPrivileges(
        user: nil, mayWrite: rights.isWritable, findings: rights.isWorldWritable ? [finding] : [])
    }
  }
}
