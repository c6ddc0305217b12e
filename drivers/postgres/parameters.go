package postgres

import "slices"

// connectionParameters are those that pgx takes for itself. They are here to be
// proposed for a misspelt name.
var connectionParameters = []string{
	"channel_binding", "connect_timeout", "dbname", "default_query_exec_mode",
	"description_cache_capacity", "host", "krbspn", "krbsrvname", "max_protocol_version",
	"min_protocol_version", "passfile", "password", "port", "require_auth", "service",
	"servicefile", "sslcert", "sslcertmode", "sslkey", "sslmode", "sslnegotiation", "sslpassword",
	"sslrootcert", "sslsni", "statement_cache_capacity", "target_session_attrs", "user",
}

// serverParameters are the settings that a session may change, as
// pg_settings lists them with context user or superuser, without those that
// only serve to test the server. See
// https://www.postgresql.org/docs/current/runtime-config-client.html.
var serverParameters = []string{
	"application_name", "array_nulls", "backend_flush_after", "backslash_quote", "bytea_output",
	"check_function_bodies", "client_connection_check_interval", "client_encoding",
	"client_min_messages", "commit_delay", "commit_siblings", "compute_query_id",
	"constraint_exclusion", "cpu_index_tuple_cost", "cpu_operator_cost", "cpu_tuple_cost",
	"cursor_tuple_fraction", "datestyle", "deadlock_timeout", "debug_pretty_print",
	"default_statistics_target", "default_table_access_method", "default_tablespace",
	"default_text_search_config", "default_toast_compression", "default_transaction_deferrable",
	"default_transaction_isolation", "default_transaction_read_only", "dynamic_library_path",
	"effective_cache_size", "effective_io_concurrency", "enable_async_append",
	"enable_bitmapscan", "enable_gathermerge", "enable_hashagg", "enable_hashjoin",
	"enable_incremental_sort", "enable_indexonlyscan", "enable_indexscan", "enable_material",
	"enable_memoize", "enable_mergejoin", "enable_nestloop", "enable_parallel_append",
	"enable_parallel_hash", "enable_partition_pruning", "enable_partitionwise_aggregate",
	"enable_partitionwise_join", "enable_seqscan", "enable_sort", "enable_tidscan",
	"exit_on_error", "extra_float_digits", "force_parallel_mode", "from_collapse_limit", "geqo",
	"geqo_effort", "geqo_generations", "geqo_pool_size", "geqo_seed", "geqo_selection_bias",
	"geqo_threshold", "gin_fuzzy_search_limit", "gin_pending_list_limit", "hash_mem_multiplier",
	"icu_validation_level", "idle_in_transaction_session_timeout", "idle_session_timeout",
	"intervalstyle", "jit", "jit_above_cost", "jit_inline_above_cost", "jit_optimize_above_cost",
	"join_collapse_limit", "lc_messages", "lc_monetary", "lc_numeric", "lc_time",
	"lo_compat_privileges", "local_preload_libraries", "lock_timeout", "log_duration",
	"log_error_verbosity", "log_executor_stats", "log_lock_waits", "log_min_duration_sample",
	"log_min_duration_statement", "log_min_error_statement", "log_min_messages",
	"log_parameter_max_length", "log_parameter_max_length_on_error", "log_parser_stats",
	"log_planner_stats", "log_statement", "log_statement_sample_rate", "log_statement_stats",
	"log_temp_files", "log_transaction_sample_rate", "logical_decoding_work_mem",
	"maintenance_io_concurrency", "maintenance_work_mem", "max_parallel_maintenance_workers",
	"max_parallel_workers", "max_parallel_workers_per_gather", "max_stack_depth",
	"min_parallel_index_scan_size", "min_parallel_table_scan_size", "options",
	"parallel_leader_participation", "parallel_setup_cost", "parallel_tuple_cost",
	"password_encryption", "plan_cache_mode", "quote_all_identifiers", "random_page_cost",
	"recursive_worktable_factor", "replication", "role", "row_security", "search_path",
	"seq_page_cost", "session_preload_libraries", "session_replication_role",
	"standard_conforming_strings", "statement_timeout", "stats_fetch_consistency",
	"synchronize_seqscans", "synchronous_commit", "tcp_keepalives_count", "tcp_keepalives_idle",
	"tcp_keepalives_interval", "tcp_user_timeout", "temp_buffers", "temp_file_limit",
	"temp_tablespaces", "timezone", "timezone_abbreviations", "track_activities",
	"track_counts", "track_functions", "track_io_timing", "track_wal_io_timing",
	"transaction_deferrable", "transaction_isolation", "transaction_read_only",
	"transaction_timeout", "transform_null_equals", "vacuum_cost_delay", "vacuum_cost_limit",
	"wal_compression", "wal_sender_timeout", "wal_skip_threshold", "work_mem", "xmlbinary",
	"xmloption", "zero_damaged_pages",
}

// nearest is the known parameter that takes the fewest edits to reach.
func nearest(name string) string {
	best, least := "", -1
	for _, known := range slices.Concat(connectionParameters, serverParameters) {
		if d := distance(name, known); least < 0 || d < least {
			best, least = known, d
		}
	}
	return best
}

// distance is the Levenshtein distance of two short texts.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
