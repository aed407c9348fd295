/// The server's own functions that change something outside a transaction's tables, and that a read-only transaction therefore
/// does not stop: large objects (before version 16), files of the server, other sessions and databases, replication, statistics.
///
/// Names say little about functions that users wrote; those run under the server's read-only transaction.
enum PostgresWritingFunctions {
  static func contains(_ name: String) -> Bool {
    names.contains(name) || prefixes.contains { name.hasPrefix($0) }
  }

  private static let prefixes = ["dblink", "pg_stat_reset", "pg_stat_statements_reset"]

  private static let names: Set<String> = [
    "lo_creat", "lo_create", "lo_export", "lo_from_bytea", "lo_import", "lo_put", "lo_truncate", "lo_truncate64",
    "lo_unlink", "lowrite",
    "pg_file_rename", "pg_file_sync", "pg_file_unlink", "pg_file_write",
    "brin_desummarize_range", "brin_summarize_new_values", "brin_summarize_range", "gin_clean_pending_list",
    "pg_import_system_collations", "pg_notify",
    "pg_backup_start", "pg_backup_stop", "pg_start_backup", "pg_stop_backup",
    "pg_cancel_backend", "pg_create_restore_point", "pg_logical_emit_message", "pg_terminate_backend", "pg_promote",
    "pg_reload_conf", "pg_rotate_logfile",
    "pg_switch_wal", "pg_wal_replay_pause", "pg_wal_replay_resume",
    "pg_copy_logical_replication_slot", "pg_copy_physical_replication_slot", "pg_create_logical_replication_slot",
    "pg_create_physical_replication_slot", "pg_drop_replication_slot", "pg_logical_slot_get_binary_changes",
    "pg_logical_slot_get_changes", "pg_replication_origin_advance", "pg_replication_origin_create",
    "pg_replication_origin_drop", "pg_replication_slot_advance", "pg_sync_replication_slots",
  ]
}
