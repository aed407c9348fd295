internal import DBAdapterCore

/// The store's own settings, by name, in the table `platform_meta`.
enum PlatformMeta {
  /// A setting; `nil` when it was never made.
  static func value(_ key: String, _ session: DatabaseSession) async throws -> String? {
    let result = try await session.execute("SELECT value FROM platform_meta WHERE key = \(key)")
    return try result.rows.first?.decode(String.self)
  }

  /// Makes a setting, or changes it.
  static func set(_ key: String, to value: String, _ session: DatabaseSession) async throws {
    try await session.execute(
      """
      INSERT INTO platform_meta (key, value) VALUES (\(key), \(value))
      ON CONFLICT (key) DO UPDATE SET value = excluded.value
      """)
  }

  /// Forgets a setting.
  static func remove(_ key: String, _ session: DatabaseSession) async throws {
    try await session.execute("DELETE FROM platform_meta WHERE key = \(key)")
  }
}
