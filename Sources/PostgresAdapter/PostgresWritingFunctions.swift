internal import DBAdapterCore

/// Functions of the server and of extensions that change something outside a transaction's tables, reach outside the database, or run SQL that is
/// hidden in a text, and that a read-only transaction therefore does not stop.
///
/// Names say little about functions that users wrote; those run under the server's read-only transaction.
enum PostgresWritingFunctions {
  /// What a function does, as what follows "which".
  enum Reach: String {
    case files = "reads or writes files of the server"
    case largeObjects = "works on large objects, which a read-only transaction does not protect"
    case elsewhere = "reaches outside the database"
    case hiddenText = "runs SQL that it is given as text"
    case locks = "takes or gives up locks that others wait for"
    case sessions = "acts on other sessions"
    case settings = "changes a setting of the session"
    case sequences = "moves a sequence"
    case statistics = "changes the server's statistics"
    case replication = "acts on replication"
    case log = "acts on the server's write-ahead log or its backups"
    case messages = "sends messages to other sessions"
    case server = "administers the server"
    case pages = "changes pages of a table or an index"
    case transaction = "takes a transaction number or shares its snapshot"
    case unknown = "is not known to only read"

    var effect: StatementClassification.Effect {
      switch self {
      case .settings: .session
      case .sequences, .transaction, .pages: .write
      default: .procedure
      }
    }
  }

  /// What a function of this name does; `nil` when it does none of it.
  static func reach(of name: String) -> Reach? {
    if let reach = names[name] { return reach }
    // Nearly all names stop here: the prefixes begin with few letters.
    guard let first = name.utf8.first, "abcdlprx".utf8.contains(first) else { return nil }
    return prefixes.first { name.hasPrefix($0.prefix) }?.reach
  }

  /// Schemas of extensions that are made to reach outside.
  static let schemas: Set<String> = [
    "aws_commons", "aws_lambda", "aws_s3", "azure_storage", "cron", "dbms_alert", "dbms_pipe", "dbms_sql", "net",
    "utl_file",
  ]

  private static let prefixes: [(prefix: String, reach: Reach)] = [
    ("dblink", .elsewhere), ("postgres_fdw_disconnect", .elsewhere), ("aws_", .elsewhere),
    ("pg_ls_", .files), ("pg_file_", .files), ("pg_read_", .files),
    ("pg_advisory_", .locks), ("pg_try_advisory_", .locks),
    ("pg_stat_reset", .statistics), ("pg_stat_statements_reset", .statistics), ("pg_clear_", .statistics),
    ("pg_restore_", .statistics), ("pg_qualstats_reset", .statistics), ("pg_stat_monitor_reset", .statistics),
    ("pg_replication_origin_", .replication), ("pg_replication_slot_", .replication), ("pg_logical_", .replication),
    ("pg_create_", .replication),
    ("pg_drop_", .replication), ("pg_copy_", .replication), ("pg_sync_", .replication),
    ("pg_backup_", .log), ("pg_start_", .log), ("pg_stop_", .log), ("pg_wal_replay_", .log),
    ("binary_upgrade_", .server), ("crosstab", .hiddenText), ("run_command_on_", .elsewhere),
  ]

  private static let names: [String: Reach] = {
    var names: [String: Reach] = [:]
    for (reach, list) in lists { for name in list.split(separator: " ") { names[String(name)] = reach } }
    return names
  }()

  private static let lists: [(Reach, String)] = [
    (.files, "lo_import lo_export pg_stat_file autoprewarm_dump_now"),
    (
      .largeObjects,
      """
      lo_creat lo_create lo_from_bytea lo_put lo_truncate lo_truncate64 lo_unlink lowrite loread lo_open lo_close lo_lseek \
      lo_lseek64 lo_tell lo_tell64 lo_manage
      """
    ),
    (
      .hiddenText,
      """
      query_to_xml query_to_xml_and_xmlschema query_to_xmlschema cursor_to_xml cursor_to_xmlschema ts_stat ts_rewrite connectby \
      xpath_table pg_background_launch pg_background_launch_v2 pg_background_result master_run_on_worker plpgsql_inline_handler \
      plpgsql_call_handler
      """
    ),
    (
      .elsewhere,
      """
      http http_get http_post http_put http_patch http_delete http_head http_set_curlopt query_export_to_s3 \
      table_import_from_s3
      """
    ),
    (.locks, "bt_index_parent_check"),
    (.sessions, "pg_cancel_backend pg_terminate_backend pg_log_backend_memory_contexts"),
    (.settings, "set_config set_limit plv8_reset http_reset_curlopt"),
    (.sequences, "nextval setval"),
    (
      .log,
      "pg_switch_wal pg_switch_xlog pg_promote pg_logical_emit_message pg_log_standby_snapshot pg_create_restore_point"
    ),
    (.messages, "pg_notify"),
    (
      .server,
      """
      pg_reload_conf pg_rotate_logfile pg_rotate_logfile_old pg_import_system_collations pg_extension_config_dump pg_nextoid \
      pg_stop_making_pinned_objects autoprewarm_start_worker pg_buffercache_evict pg_buffercache_evict_all \
      pg_buffercache_evict_relation
      """
    ),
    (
      .pages,
      """
      brin_desummarize_range brin_summarize_new_values brin_summarize_range gin_clean_pending_list heap_force_kill \
      heap_force_freeze pg_truncate_visibility_map
      """
    ),
    (.transaction, "pg_export_snapshot pg_current_xact_id txid_current"),
  ]
}
