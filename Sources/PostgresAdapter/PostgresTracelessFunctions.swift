/// The server's own functions that leave nothing behind in a session.
///
/// The rule: every form of a function is declared immutable or stable, or it is one of a few volatile ones that look at the server, end with
/// their transaction, or speak to other sessions. A name that is not here counts as leaving something: a user's function can do anything. Names
/// that came after PostgreSQL 13 are left out, since an older server may have a user's function under them.
enum PostgresTracelessFunctions {
  static func contains(_ name: String) -> Bool { names.contains(name) || name.hasPrefix("pg_stat_get_") }

  /// Functions that leave a lock or the state of a sequence, and nothing else.
  static func leavesNoNames(_ name: String) -> Bool {
    name.hasPrefix("pg_advisory_") || name.hasPrefix("pg_try_advisory_")
      || ["nextval", "setval", "currval", "lastval"].contains(name)
  }

  static let names = Set((declaredSo + volatile).map { String($0) })

  static let volatile = """
    clock_timestamp current_query gen_random_uuid pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_blocking_pids
    pg_cancel_backend pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn pg_database_size
    pg_indexes_size pg_is_in_recovery pg_is_wal_replay_paused pg_last_wal_receive_lsn pg_last_wal_replay_lsn
    pg_last_xact_replay_timestamp pg_lock_status pg_notify pg_relation_size pg_sequence_last_value pg_sleep
    pg_sleep_for pg_sleep_until pg_table_size pg_tablespace_size pg_terminate_backend pg_total_relation_size
    pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared pg_xact_commit_timestamp pg_xact_status random
    timeofday txid_status
    """.split { $0.isWhitespace }

  private static let declaredSo = """
    abbrev abs acldefault aclexplode acos acosd acosh age area array_agg array_append array_cat array_dims array_fill
    array_length array_lower array_ndims array_position array_positions array_prepend array_remove array_replace
    array_to_json array_to_string array_to_tsvector array_upper ascii asin asind asinh atan atan2 atan2d atand atanh
    avg bit bit_and bit_length bit_or bool bool_and bool_or box broadcast btrim cardinality cbrt ceil ceiling center
    char_length character_length chr circle col_description concat concat_ws convert convert_from convert_to corr cos
    cosd cosh cot cotd count covar_pop covar_samp cume_dist current_database current_schema current_schemas
    current_setting current_user date date_part date_trunc daterange decode degrees dense_rank diameter div encode
    enum_cmp enum_first enum_last enum_range every exp extract factorial first_value floor format format_type gcd
    generate_series generate_subscripts get_bit get_byte get_current_ts_config getdatabaseencoding getpgusername
    has_any_column_privilege has_column_privilege has_database_privilege has_foreign_data_wrapper_privilege
    has_function_privilege has_language_privilege has_schema_privilege has_sequence_privilege has_server_privilege
    has_table_privilege has_tablespace_privilege has_type_privilege height host hostmask inet_client_addr
    inet_client_port inet_merge inet_same_family inet_server_addr inet_server_port initcap int4range int8range
    interval is_normalized isclosed isempty isfinite isopen json_agg json_array_elements json_array_elements_text
    json_array_length json_build_array json_build_object json_each json_each_text json_extract_path
    json_extract_path_text json_object json_object_agg json_object_keys json_populate_record json_populate_recordset
    json_strip_nulls json_to_record json_to_recordset json_to_tsvector json_typeof jsonb_agg jsonb_array_elements
    jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text
    jsonb_exists jsonb_exists_all jsonb_exists_any jsonb_extract_path jsonb_extract_path_text jsonb_insert
    jsonb_object jsonb_object_agg jsonb_object_keys jsonb_path_exists jsonb_path_exists_tz jsonb_path_match
    jsonb_path_match_tz jsonb_path_query jsonb_path_query_array jsonb_path_query_array_tz jsonb_path_query_first
    jsonb_path_query_first_tz jsonb_path_query_tz jsonb_populate_record jsonb_populate_recordset jsonb_pretty
    jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_to_tsvector jsonb_typeof
    justify_days justify_hours justify_interval lag last_value lcm lead left length like_escape line ln log log10
    lower lower_inc lower_inf lpad lseg ltrim macaddr macaddr8 make_date make_interval make_time make_timestamp
    make_timestamptz makeaclitem masklen max md5 min min_scale mod mode name netmask network normalize now npoints
    nth_value ntile num_nonnulls num_nulls numeric numrange obj_description octet_length overlaps overlay parse_ident
    path percent_rank percentile_cont percentile_disc pg_backend_pid pg_char_to_encoding pg_client_encoding
    pg_collation_for pg_column_compression pg_column_size pg_conf_load_time pg_current_snapshot pg_current_xact_id
    pg_current_xact_id_if_assigned pg_describe_object pg_encoding_max_length pg_encoding_to_char
    pg_function_is_visible pg_get_constraintdef pg_get_expr pg_get_function_arg_default pg_get_function_arguments
    pg_get_function_identity_arguments pg_get_function_result pg_get_functiondef pg_get_indexdef
    pg_get_partition_constraintdef pg_get_partkeydef pg_get_replica_identity_index pg_get_ruledef
    pg_get_serial_sequence pg_get_statisticsobjdef pg_get_triggerdef pg_get_userbyid pg_get_viewdef pg_has_role
    pg_identify_object pg_is_other_temp_schema pg_listening_channels pg_lsn pg_my_temp_schema
    pg_postmaster_start_time pg_relation_filenode pg_relation_filepath pg_sequence_parameters pg_size_bytes
    pg_size_pretty pg_table_is_visible pg_tablespace_location pg_trigger_depth pg_type_is_visible pg_typeof
    pg_wal_lsn_diff phraseto_tsquery pi plainto_tsquery point polygon position pow power quote_ident quote_literal
    quote_nullable radians radius range_merge rank regexp_match regexp_matches regexp_replace regexp_split_to_array
    regexp_split_to_table regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy
    repeat replace reverse right round row_number row_security_active row_to_json rpad rtrim scale session_user
    set_bit set_byte setweight sha224 sha256 sha384 sha512 shobj_description sign similar_to_escape sin sind sinh
    split_part sqrt starts_with statement_timestamp stddev stddev_pop stddev_samp string_agg string_to_array strip
    strpos substr substring sum tan tand tanh text time timestamp timestamptz timetz timezone to_ascii to_char
    to_date to_hex to_json to_jsonb to_number to_regclass to_regcollation to_regnamespace to_regoper to_regoperator
    to_regproc to_regprocedure to_regrole to_regtype to_timestamp to_tsquery to_tsvector transaction_timestamp
    translate trim_scale trunc ts_debug ts_delete ts_filter ts_headline ts_lexize ts_parse ts_rank ts_rank_cd
    ts_token_type tsrange tstzrange tsvector_to_array txid_current txid_current_if_assigned txid_current_snapshot
    txid_snapshot_xip txid_snapshot_xmax txid_snapshot_xmin txid_visible_in_snapshot unnest upper upper_inc upper_inf
    var_pop var_samp varchar variance version websearch_to_tsquery width width_bucket xml xml_is_well_formed
    xml_is_well_formed_content xml_is_well_formed_document xmlagg xmlcomment xmlexists xpath xpath_exists
    """.split { $0.isWhitespace }
}
