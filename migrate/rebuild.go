package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

// rebuild is a script for SQLite that switches foreign keys off, as the rebuilding
// of a table needs: https://www.sqlite.org/lang_altertable.html#otheralter.
//
// SQLite ignores the pragma inside a transaction, and then dropping the old
// table deletes or empties the rows that refer to it, without a word. So the
// pragma is taken out of the script and run before BEGIN; before COMMIT the keys
// are checked, and afterwards the pragma is what it was.
type rebuild struct {
	run    *run
	on     bool // foreign keys were on before
	before int  // violations that were there before
}

// beginRebuild switches foreign keys off if the script does; otherwise it returns
// nil, and does nothing with that.
func (r *run) beginRebuild(ctx context.Context, s *Step) (*rebuild, error) {
	off, err := r.switchesKeysOff(s)
	if !off || err != nil {
		return nil, err
	}
	b := &rebuild{run: r}
	if err = r.apart(ctx, b.begin); err != nil {
		return nil, r.failure(s, fmt.Errorf("switch foreign keys off: %w", err))
	}
	return b, nil
}

func (b *rebuild) begin(ctx context.Context, q session.Querier) (err error) {
	if b.on, err = session.One[bool](ctx, q, "PRAGMA foreign_keys"); err == nil {
		b.before, err = b.violations(ctx, q)
	}
	if err == nil {
		_, err = q.Exec(ctx, "PRAGMA foreign_keys=OFF")
	}
	return err
}

// switchesKeysOff looks for the pragma.
func (r *run) switchesKeysOff(s *Step) (bool, error) {
	if r.m.dialect != sqlsplit.SQLite || !s.pragmas {
		return false, nil
	}
	for st, err := range s.Statements() {
		if err != nil {
			return false, r.failure(s, err)
		}
		if on, ok := keysPragma(&st); ok && !on {
			return true, nil
		}
	}
	return false, nil
}

// keysPragma reads PRAGMA foreign_keys = value.
func keysPragma(st *sqlsplit.Statement) (on, ok bool) {
	if w := st.Words(2); len(w) < 2 || w[0] != "PRAGMA" || w[1] != "FOREIGN_KEYS" {
		return false, false
	}
	text := strings.ToLower(st.SQL)
	i := strings.IndexAny(text, "=(")
	if i < 0 {
		return false, false // it asks
	}
	value := strings.Trim(text[i+1:], " \t\r\n()'\"")
	return slices.Contains([]string{"on", "1", "yes", "true"}, value), true
}

// skips reports whether a statement is left out.
func (b *rebuild) skips(st *sqlsplit.Statement) bool {
	if b == nil {
		return false
	}
	_, ok := keysPragma(st)
	return ok
}

// check refuses to commit what breaks a foreign key.
func (b *rebuild) check(ctx context.Context, q session.Querier) error {
	if b == nil {
		return nil
	}
	now, err := b.violations(ctx, q)
	if err == nil && now > b.before {
		err = fmt.Errorf("after it %d rows refer to rows that are not there, and before it %d", now, b.before)
	}
	return err
}

func (b *rebuild) violations(ctx context.Context, q session.Querier) (int, error) {
	n, err := session.One[int](ctx, q, "SELECT count(*) FROM pragma_foreign_key_check")
	if err != nil {
		err = errors.Join(errors.New("check foreign keys"), err)
	}
	return n, err
}

// end switches foreign keys on again.
func (b *rebuild) end(ctx context.Context) {
	if b == nil || !b.on {
		return
	}
	if err := b.run.do(ctx, "PRAGMA foreign_keys=ON"); err != nil {
		b.run.m.opts.Logger.Error("migrate: foreign keys could not be switched on again", "error", err)
	}
}
