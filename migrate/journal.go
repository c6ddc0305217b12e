package migrate

import (
	"context"
	"fmt"
	"time"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

// What the journal says of a statement.
const (
	intended = "intent" // it may have happened: it was about to be sent
	finished = "done"   // it happened
	refused  = "failed" // it failed on the server
)

// journalLine is a line of the journal.
type journalLine struct {
	Number    int
	Checksum  string
	Statement string
	State     string
}

// journal is what is known of the statements of one record.
type journal struct {
	store   *store
	seq     int64
	entries map[int]*journalLine
}

// openJournal reads what was done before, if the record is not new.
func (h *store) openJournal(ctx context.Context, q session.Querier, seq int64) (*journal, error) {
	rows, err := session.Collect[journalLine](ctx, q, "SELECT number, checksum, statement, state FROM "+h.table+
		"_statements WHERE source = ? AND seq = ? ORDER BY number", h.source, seq)
	if err != nil {
		return nil, fmt.Errorf("migrate: read the journal: %w", err)
	}
	j := &journal{store: h, seq: seq, entries: map[int]*journalLine{}}
	for i := range rows {
		j.entries[rows[i].Number] = &rows[i]
	}
	return j, nil
}

// mark writes what is known of a statement.
func (j *journal) mark(ctx context.Context, q session.Querier, st *sqlsplit.Statement, what string) error {
	e := &journalLine{Number: st.Number, Checksum: st.Checksum(), Statement: cut(st.SQL, maxText), State: what}
	_, known := j.entries[st.Number]
	if err := j.write(ctx, q, e, known); err != nil {
		return fmt.Errorf("migrate: write the journal: %w", err)
	}
	j.entries[st.Number] = e
	return nil
}

func (j *journal) write(ctx context.Context, q session.Querier, e *journalLine, known bool) error {
	now, table := formatTime(time.Now()), j.store.table+"_statements"
	if known {
		_, err := q.Exec(ctx, "UPDATE "+table+" SET checksum = ?, statement = ?, state = ?, changed_at = ? "+
			"WHERE source = ? AND seq = ? AND number = ?",
			e.Checksum, e.Statement, e.State, now, j.store.source, j.seq, e.Number)
		return err
	}
	_, err := q.Exec(ctx, "INSERT INTO "+table+" (source, seq, number, checksum, statement, state, changed_at) "+
		"VALUES (?, ?, ?, ?, ?, ?, ?)",
		j.store.source, j.seq, e.Number, e.Checksum, e.Statement, e.State, now)
	return err
}

// open is the statement of which it is not known whether it took effect; nil if
// there is none.
func (j *journal) open() *journalLine {
	for _, e := range j.entries {
		if e.State == intended {
			return e
		}
	}
	return nil
}

// done counts the statements that took effect.
func (j *journal) done() int {
	n := 0
	for _, e := range j.entries {
		if e.State == finished {
			n++
		}
	}
	return n
}
