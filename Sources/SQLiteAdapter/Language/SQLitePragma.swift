internal import DBAdapterCore

/// A `PRAGMA` and what it does (sqlite.org/pragma.html).
struct SQLitePragma: Equatable {
  /// In lower case.
  var name: String
  var hasArgument: Bool

  var effect: StatementClassification.Effect { Self.effect(name, hasArgument: hasArgument) }

  static func effect(_ name: String, hasArgument: Bool) -> StatementClassification.Effect {
    let name = name.lowercased()
    if queries.contains(name) { return .read }
    if maintenance.contains(name) { return .write }
    if hasArgument { return headerFields.contains(name) ? .write : .session }
    return settings.contains(name) || headerFields.contains(name) ? .read : .session
  }

  /// They only report, with or without an argument.
  private static let queries: Set<String> = [
    "collation_list", "compile_options", "data_version", "database_list", "foreign_key_check", "foreign_key_list",
    "freelist_count", "function_list", "index_info", "index_list", "index_xinfo", "integrity_check", "module_list",
    "page_count", "pragma_list", "quick_check", "stats", "table_info", "table_list", "table_xinfo",
  ]

  /// They change the file even without an argument.
  private static let maintenance: Set<String> = ["incremental_vacuum", "optimize", "wal_checkpoint"]

  /// With an argument they change the database itself, not only the session.
  private static let headerFields: Set<String> = [
    "application_id", "auto_vacuum", "default_cache_size", "encoding", "page_size", "schema_version", "user_version",
  ]

  /// Without an argument they report; with one they change the session.
  private static let settings: Set<String> = [
    "analysis_limit", "automatic_index", "busy_timeout", "cache_size", "cache_spill", "case_sensitive_like",
    "cell_size_check", "checkpoint_fullfsync", "count_changes", "defer_foreign_keys", "empty_result_callbacks",
    "foreign_keys", "full_column_names", "fullfsync", "hard_heap_limit", "ignore_check_constraints", "journal_mode",
    "journal_size_limit", "legacy_alter_table", "locking_mode", "max_page_count", "mmap_size", "query_only",
    "read_uncommitted", "recursive_triggers", "reverse_unordered_selects", "secure_delete", "short_column_names",
    "soft_heap_limit", "synchronous", "temp_store", "threads", "trusted_schema", "wal_autocheckpoint",
    "writable_schema",
  ]
}
