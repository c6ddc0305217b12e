package dialect

import "github.com/sqlscope/sqlscope/drivers"

// PostgresKind is what an SQLSTATE of Postgres' means.
func PostgresKind(state string) drivers.Kind {
	if kind, ok := postgresCodes[state]; ok {
		return kind
	}
	if len(state) == 5 {
		return postgresClasses[state[:2]]
	}
	return drivers.KindUnknown
}

// postgresCodes has the SQLSTATEs that mean something of their own, postgresClasses
// what the first two characters mean otherwise. See
// https://www.postgresql.org/docs/current/errcodes-appendix.html.
var (
	postgresCodes = map[string]drivers.Kind{
		"08P01": drivers.KindSyntax, // bind and statement do not fit each other
		"22025": drivers.KindSyntax,
		"23001": drivers.KindForeignKey, // restrict_violation
		"23502": drivers.KindNotNull,
		"23503": drivers.KindForeignKey,
		"23505": drivers.KindUnique,
		"23514": drivers.KindCheck,
		"23P01": drivers.KindUnique, // exclusion_violation
		"25006": drivers.KindReadOnly,
		"25P02": drivers.KindTxAborted,
		"25P03": drivers.KindConnLost,       // idle_in_transaction_session_timeout
		"25P04": drivers.KindConnLost,       // transaction_timeout
		"08007": drivers.KindOutcomeUnknown, // transaction_resolution_unknown
		"40001": drivers.KindSerialization,  // CockroachDB's "restart transaction" as well
		"40002": drivers.KindCheck,          // a constraint, violated at COMMIT
		"40003": drivers.KindOutcomeUnknown, // CockroachDB's "result is ambiguous"
		"40P01": drivers.KindDeadlock,
		"42501": drivers.KindPermission,
		"55P03": drivers.KindLockTimeout,
		"57014": drivers.KindCancelled,
		"57P01": drivers.KindConnLost,
		"57P02": drivers.KindConnLost,
		"57P03": drivers.KindConnLost,
		"57P04": drivers.KindConnLost, // database_dropped
		"57P05": drivers.KindConnLost, // idle_session_timeout
		// CockroachDB: committed, but for a change of the schema
		"XXA00": drivers.KindOutcomeUnknown,
	}
	postgresClasses = map[string]drivers.Kind{
		"08": drivers.KindConnLost,
		"22": drivers.KindData,
		"26": drivers.KindSyntax,
		"28": drivers.KindPermission,
		"3D": drivers.KindSyntax, // invalid catalog name
		"3F": drivers.KindSyntax, // invalid schema name
		"40": drivers.KindSerialization,
		"42": drivers.KindSyntax,
		"53": drivers.KindResource,
		"54": drivers.KindResource,
	}
)
