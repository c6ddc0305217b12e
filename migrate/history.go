package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

// The widths of columns.
const (
	maxName = 200
	maxText = 2000 // of errors and of statements
)

// timeLayout writes times so that they sort, read well, and are the same on
// every database: as text, in UTC.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// createHistory makes the table of the history. Its types are those that every
// database has.
const createHistory = `CREATE TABLE %s (
  source VARCHAR(100) NOT NULL,
  seq BIGINT NOT NULL,
  version VARCHAR(100) NOT NULL,
  name VARCHAR(200) NOT NULL,
  kind VARCHAR(20) NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  started_at VARCHAR(27) NOT NULL,
  finished_at VARCHAR(27) NOT NULL,
  duration_ms BIGINT NOT NULL,
  applied_by VARCHAR(200) NOT NULL,
  statements_done BIGINT NOT NULL,
  statements BIGINT NOT NULL,
  outcome VARCHAR(20) NOT NULL,
  error VARCHAR(2000),
  PRIMARY KEY (source, seq))`

// createJournal makes the table of the statements that run outside a
// transaction: what is meant to be done is written before, and that it was done
// after.
const createJournal = `CREATE TABLE %s_statements (
  source VARCHAR(100) NOT NULL,
  seq BIGINT NOT NULL,
  number BIGINT NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  statement VARCHAR(2000) NOT NULL,
  state VARCHAR(20) NOT NULL,
  changed_at VARCHAR(27) NOT NULL,
  PRIMARY KEY (source, seq, number))`

const historyColumns = "source, seq, version, name, kind, checksum, started_at, finished_at, duration_ms, " +
	"applied_by, statements_done, statements, outcome, error"

// row is a record as the table has it.
type row struct {
	Source         string
	Seq            int64
	Version        string
	Name           string
	Kind           string
	Checksum       string
	StartedAt      string
	FinishedAt     string
	DurationMs     int64
	AppliedBy      string
	StatementsDone int
	Statements     int
	Outcome        string
	Error          *string
}

func (r *row) record() *Record {
	rec := &Record{Source: r.Source, Seq: r.Seq, Version: source.Version(r.Version), Name: r.Name,
		Kind: Kind(r.Kind), Checksum: r.Checksum, Started: parseTime(r.StartedAt),
		Finished: parseTime(r.FinishedAt), Duration: time.Duration(r.DurationMs) * time.Millisecond,
		AppliedBy: r.AppliedBy, StatementsDone: r.StatementsDone, Statements: r.Statements,
		Outcome: Outcome(r.Outcome)}
	if r.Error != nil {
		rec.Error = *r.Error
	}
	return rec
}

func parseTime(text string) time.Time {
	t, _ := time.Parse(timeLayout, strings.TrimSpace(text)) // the zero time if it has not come yet
	return t
}

func formatTime(t time.Time) string {
	if t.IsZero() {
		return "-" // an empty text is NULL to some databases
	}
	return t.UTC().Format(timeLayout)
}

// store is where the history of one source is.
type store struct {
	source string
	table  string // as it is written in SQL
}

// unqualified is the store before it is known which schema is the current one.
func (m *Migrator) unqualified(s *series) *store {
	st := &store{source: s.name, table: m.opts.Table}
	if m.opts.Schema != "" {
		st.table = m.quote(m.opts.Schema) + "." + m.opts.Table
	}
	return st
}

// quote writes a name so that every letter of it counts.
func (m *Migrator) quote(name string) string {
	if m.dialect == sqlsplit.MySQL {
		return "`" + strings.ReplaceAll(name, "`", "``") + "`"
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// loadInTx is load in a transaction, which asking for a table that is not there
// would make useless. Only Postgres comes here.
func (h *store) loadInTx(ctx context.Context, q session.Querier) (*state, error) {
	there, err := session.One[bool](ctx, q, "SELECT to_regclass(?) IS NOT NULL", h.table)
	if err != nil || there {
		st, lerr := h.load(ctx, q)
		return st, errors.Join(err, lerr)
	}
	st := newState(nil)
	st.exists = false
	return st, nil
}

// load reads the records. That there is no table is no error: nothing was
// applied then.
func (h *store) load(ctx context.Context, q session.Querier) (*state, error) {
	rows, err := session.Collect[row](ctx, q, "SELECT "+historyColumns+" FROM "+h.table+
		" WHERE source = '"+h.source+"' ORDER BY seq") // no argument: one round trip
	if session.KindOf(err) == session.KindSyntax {
		st := newState(nil)
		st.exists = false
		return st, nil
	}
	if err != nil {
		return nil, fmt.Errorf("migrate: read the history: %w", err)
	}
	return newState(toRecords(rows)), nil
}

func toRecords(rows []row) []*Record {
	records := make([]*Record, len(rows))
	for i := range rows {
		records[i] = rows[i].record()
	}
	return records
}

// insert is the statement that writes a record. Another runner that has written
// one with this number meanwhile makes it fail.
func (h *store) insert(r *Record) (string, []any) {
	return "INSERT INTO " + h.table + " (" + historyColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		[]any{r.Source, r.Seq, string(r.Version), cut(r.Name, maxName), string(r.Kind), r.Checksum,
			formatTime(r.Started), formatTime(r.Finished), r.Duration.Milliseconds(),
			cut(r.AppliedBy, maxName), r.StatementsDone, r.Statements, string(r.Outcome), errorText(r)}
}

// insertByServer is insert for a record that travels in one flight with what it is
// about. The time that took is not known before, so Postgres measures it: from BEGIN
// to the record. That it began is told by our clock, and when it ended follows.
func (h *store) insertByServer(r *Record) (string, []any) {
	const took = "(pg_catalog.clock_timestamp() - pg_catalog.now())"
	sql, args := h.insert(r)
	values := strings.Repeat("?, ", 7) +
		"pg_catalog.to_char(CAST(CAST(? AS text) AS timestamp) + " + took + `, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), ` +
		"CAST(extract(epoch FROM " + took + ") * 1000 AS bigint), ?, ?, ?, ?, ?)"
	args[7] = formatTime(r.Started)
	return sql[:strings.LastIndexByte(sql, '(')+1] + values, slices.Delete(args, 8, 9)
}

// insertAll writes records.
func (h *store) insertAll(ctx context.Context, q session.Querier, records []*Record) error {
	for _, rec := range records {
		sql, args := h.insert(rec)
		if _, err := q.Exec(ctx, sql, args...); err != nil {
			return fmt.Errorf("migrate: write the history: %w", err)
		}
	}
	return nil
}

// update is the statement that writes a record that is there anew.
func (h *store) update(r *Record) (string, []any) {
	return "UPDATE " + h.table + " SET checksum = ?, started_at = ?, finished_at = ?, duration_ms = ?, " +
			"applied_by = ?, statements_done = ?, statements = ?, outcome = ?, error = ? " +
			"WHERE source = ? AND seq = ?",
		[]any{r.Checksum, formatTime(r.Started), formatTime(r.Finished), r.Duration.Milliseconds(),
			cut(r.AppliedBy, maxName), r.StatementsDone, r.Statements, string(r.Outcome), errorText(r),
			r.Source, r.Seq}
}

func errorText(r *Record) any {
	if r.Error == "" {
		return nil
	}
	return cut(r.Error, maxText)
}

// cut shortens a text to n bytes at most, at the end of a character.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n-len("…")], "") + "…"
}

// oneLine joins the lines of a text.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
