package migrate

import (
	"context"
	"fmt"
	"strings"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

// changes reports whether a statement may change a setting of the connection
// that outlives it.
func changes(st *sqlsplit.Statement) bool {
	w := append(st.Words(1), "")
	switch w[0] {
	case "SET", "RESET", "PRAGMA", "USE", "DISCARD":
		return true
	case "SELECT", "DO", "CALL":
		return strings.Contains(strings.ToLower(st.SQL), "set_config") || w[0] == "CALL"
	}
	return false
}

// restore puts the connection's settings back to what they were, if a migration
// may have changed them: the next one must not see that, nor the history. At the
// end the schema is put back as well.
func (r *run) restore(ctx context.Context, atEnd bool) error {
	if !r.usual.changed && !(atEnd && r.usual.known && r.m.opts.Schema != "") {
		return nil
	}
	r.usual.changed = false
	err := r.apart(ctx, func(ctx context.Context, q session.Querier) error { return r.reset(ctx, q, atEnd) })
	if err != nil {
		return fmt.Errorf("migrate: restore the connection's settings: %w", err)
	}
	return nil
}

func (r *run) reset(ctx context.Context, q session.Querier, atEnd bool) error {
	switch r.m.dialect {
	case sqlsplit.Postgres:
		return r.restorePostgres(ctx, q, atEnd)
	case sqlsplit.MySQL:
		return r.restoreMySQL(ctx, q, atEnd)
	}
	return nil
}

// restorePostgres resets what was set on the connection, but for what the lock
// needs.
func (r *run) restorePostgres(ctx context.Context, q session.Querier, atEnd bool) error {
	for _, sql := range []string{"RESET SESSION AUTHORIZATION", "RESET ROLE",
		"SELECT pg_catalog.set_config(name, reset_val, false) FROM pg_catalog.pg_settings WHERE source = 'session' " +
			"AND name NOT LIKE 'tcp~_%' ESCAPE '~' AND name <> 'client_connection_check_interval'"} {
		if _, err := q.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if r.m.opts.Schema != "" && !atEnd {
		return r.use(ctx, q, r.m.opts.Schema)
	}
	return nil
}

// mysqlSettings are what dumps and migrations change.
var mysqlSettings = []string{"sql_mode", "foreign_key_checks", "unique_checks", "time_zone",
	"character_set_client", "character_set_results", "collation_connection", "sql_notes"}

// remember notes the settings before the first statement that may change them.
func (r *run) remember(ctx context.Context) error {
	if r.usual.changed {
		return nil
	}
	r.usual.changed = true
	if r.m.dialect != sqlsplit.MySQL || r.usual.values != nil {
		return nil
	}
	return r.apart(ctx, r.noteSettings)
}

func (r *run) noteSettings(ctx context.Context, q session.Querier) error {
	for _, name := range mysqlSettings {
		value, err := session.One[string](ctx, q, "SELECT CAST(@@SESSION."+name+" AS CHAR)")
		if err != nil {
			return fmt.Errorf("migrate: ask for %s: %w", name, err)
		}
		r.usual.values = append(r.usual.values, value)
	}
	return nil
}

func (r *run) restoreMySQL(ctx context.Context, q session.Querier, atEnd bool) error {
	for i, value := range r.usual.values {
		if _, err := q.Exec(ctx, "SET SESSION "+mysqlSettings[i]+" = ?", setting(value)); err != nil {
			return err
		}
	}
	schema := r.usual.schema
	if r.m.opts.Schema != "" && !atEnd {
		schema = r.m.opts.Schema
	}
	if schema == "" {
		return nil
	}
	_, err := q.Exec(ctx, "USE "+r.m.quote(schema))
	return err
}

// setting is a setting's value as it is set: a switch is told by its value.
func setting(value string) any {
	if value == "0" || value == "1" {
		return value == "1"
	}
	return value
}
