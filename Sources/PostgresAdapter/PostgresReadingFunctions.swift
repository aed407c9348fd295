/// The functions of the server, and of the extensions that come with it, whose names begin with `pg_` and that only look.
///
/// From the catalog of PostgreSQL 15: the immutable and stable ones, and of the volatile ones those that were found to change nothing; with those
/// of 16 to 18 that are documented so. Another one may come with any version: what is not here is not known to only read.
enum PostgresReadingFunctions {
  /// Whether a function of this name may be one that only reads: it is in the list, or is none of those that begin with `pg_`.
  static func mayContain(_ name: String) -> Bool {
    guard name.hasPrefix("pg_") else { return true }
    let rest = String(name.dropFirst(3))
    return names.contains(rest) || rest.hasSuffix("_is_visible") || prefixes.contains { rest.hasPrefix($0) }
  }

  /// Families of functions, and types with what belongs to them.
  private static let prefixes = [
    "get_", "stat_get_", "lsn", "snapshot_", "dependencies_", "mcv_list_", "ndistinct_", "node_tree_", "ddl_command_",
  ]

  private static let names = Set(
    """
    available_extension_versions available_extensions available_wal_summaries backend_pid basetype blocking_pids
    buffercache_pages buffercache_summary buffercache_usage_counts char_to_encoding check_frozen check_visible client_encoding
    collation_actual_version collation_for column_compression column_is_updatable column_size column_toast_chunk_id
    conf_load_time config control_checkpoint control_init control_recovery control_system current_logfile current_snapshot
    current_wal_flush_lsn current_wal_insert_lsn current_wal_lsn current_xact_id_if_assigned cursor
    database_collation_actual_version database_size describe_object encoding_max_length encoding_to_char
    event_trigger_ddl_commands event_trigger_dropped_objects event_trigger_table_rewrite_oid
    event_trigger_table_rewrite_reason extension_update_paths filenode_relation freespace has_role hba_file_rules
    ident_file_mappings identify_object identify_object_as_address index_column_has_property index_has_property
    indexam_has_property indexam_progress_phasename indexes_size input_error_info input_is_valid is_in_recovery
    is_other_temp_schema is_wal_replay_paused isolation_test_session_is_blocked jit_available last_committed_xact
    last_wal_receive_lsn last_wal_replay_lsn last_xact_replay_timestamp listening_channels lock_status my_temp_schema
    notification_queue_usage numa_available old_snapshot_time_mapping options_to_table partition_ancestors partition_root
    partition_tree postmaster_start_time prepared_statement prepared_xact prewarm relation_filenode relation_filepath
    relation_is_publishable relation_is_updatable relation_size relpages safe_snapshot_blocking_pids
    sequence_last_value sequence_parameters settings_get_flags show_all_file_settings show_all_settings
    show_replication_origin_status size_bytes size_pretty sleep sleep_for sleep_until split_walfile_name stat_clear_snapshot
    stat_force_next_flush stat_have_stats stat_statements stat_statements_info table_size tablespace_databases
    tablespace_location tablespace_size timezone_abbrevs timezone_abbrevs_abbrevs timezone_abbrevs_zone timezone_names
    total_relation_size trigger_depth typeof visibility visibility_map visibility_map_summary visible_in_snapshot wal_lsn_diff
    wal_summary_contents walfile_name walfile_name_offset xact_commit_timestamp xact_commit_timestamp_origin xact_status
    """.split { $0.isWhitespace }.map { String($0) })
}
