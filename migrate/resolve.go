package migrate

import (
	"context"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

// Resolution is what a person has found out about a migration that is half done.
type Resolution uint8

// The resolutions.
const (
	// Happened: the statement whose end is not known took effect. The next run
	// goes on behind it.
	Happened Resolution = iota + 1
	// NotHappened: it did not. The next run begins with it.
	NotHappened
	// AllDone: the rest of the migration was done by hand, and it is applied.
	AllDone
	// AllUndone: what the migration did was undone by hand. The next run begins
	// with its first statement.
	AllUndone
)

// Resolve records what a person has found out about a migration that is half
// done, after an [*AmbiguousError] or when it was put right by hand. which is its
// version, or the name of a repeatable one; sourceName may be left out if there is
// one source only. It runs nothing of the migration.
func (m *Migrator) Resolve(ctx context.Context, which string, how Resolution, sourceName string) error {
	s, err := m.one(sourceName)
	if err != nil {
		return err
	}
	if how < Happened || how > AllUndone {
		return fmt.Errorf("migrate: resolution %d is none of Happened, NotHappened, AllDone, AllUndone", how)
	}
	return m.underLock(ctx, s, &Result{}, func(ctx context.Context, r *run) error {
		return r.resolve(ctx, which, how)
	})
}

func (r *run) resolve(ctx context.Context, which string, how Resolution) error {
	rec, err := r.halfDone(which)
	if err != nil {
		return err
	}
	put := r.decide
	if how == AllDone || how == AllUndone {
		put = r.close
	}
	return r.fenced(ctx, func(ctx context.Context, q session.Querier) error { return put(ctx, q, rec, how) })
}

// halfDone finds the record.
func (r *run) halfDone(which string) (*Record, error) {
	v, err := source.ParseVersion(which)
	for _, rec := range r.state.open {
		if err == nil && rec.Version == v || rec.Version == "" && rec.Name == which {
			return rec, nil
		}
	}
	return nil, refuse("source %s has no migration %s that is half done", r.series.name, which)
}

// decide writes into the journal what became of the statement that is not known.
func (r *run) decide(ctx context.Context, q session.Querier, rec *Record, how Resolution) error {
	j, err := r.store.openJournal(ctx, q, rec.Seq)
	if err != nil {
		return err
	}
	open := j.open()
	if open == nil {
		return errors.New("migrate: of each of its statements it is known whether it took effect; run it again")
	}
	open.State = map[Resolution]string{Happened: finished, NotHappened: refused}[how]
	if err := j.write(ctx, q, open, true); err != nil {
		return fmt.Errorf("migrate: write the journal: %w", err)
	}
	rec.end(Failed, j.done(), errors.New(rec.Error))
	return r.put(ctx, q, rec)
}

// close ends a record that a person has put right.
func (r *run) close(ctx context.Context, q session.Querier, rec *Record, how Resolution) error {
	if how == AllDone {
		rec.end(Done, rec.Statements, nil)
		return r.put(ctx, q, rec)
	}
	rec.end(RolledBack, 0, errors.New(rec.Error))
	return r.put(ctx, q, rec)
}

// put writes a record that is there anew.
func (r *run) put(ctx context.Context, q session.Querier, rec *Record) error {
	sql, args := r.store.update(rec)
	if _, err := q.Exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("migrate: write the history: %w", err)
	}
	return nil
}

// Unlock ends the connection of whoever is migrating, which gives the lock up and
// rolls back what can be rolled back, and returns who it was; nil if nobody was.
// Locks go with their connections, so it is needed only against one that hangs.
func (m *Migrator) Unlock(ctx context.Context, sourceName string) (*session.LockHolder, error) {
	s, err := m.one(sourceName)
	if err != nil {
		return nil, err
	}
	h, err := m.engine.SyncHolder(ctx, m.lockName(s), m.syncOptions())
	if err != nil || h == nil {
		return nil, err
	}
	if m.leased() {
		return h, errLeased(h)
	}
	return h, m.end(ctx, h)
}

// end ends somebody's connection.
func (m *Migrator) end(ctx context.Context, h *session.LockHolder) error {
	kill := map[sqlsplit.Dialect]string{sqlsplit.Postgres: "SELECT pg_terminate_backend(" + h.Connection + ")",
		sqlsplit.MySQL: "KILL " + h.Connection}[m.dialect]
	if kill == "" {
		return fmt.Errorf("migrate: the lock is the process's: end process %s on host %s", h.Connection, h.Host)
	}
	sess := m.engine.Session()
	defer sess.Close()
	if _, err := sess.ExecText(ctx, kill); err != nil {
		return fmt.Errorf("migrate: end connection %s: %w", h.Connection, err)
	}
	return sess.Commit(ctx)
}
