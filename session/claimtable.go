package session

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// DefaultLeaseTable is the table that keeps the locks of RunSync on databases
// that have no locks with names.
const DefaultLeaseTable = "sqlscope_lease"

// nobody is the holder of a lease that was given up. Oracle takes an empty text
// for NULL.
const nobody = "nobody"

// maxLeaseName is how long the name in a row may be; as a key in MySQL's largest
// character set it still fits the smallest of its limits, 767 bytes.
const maxLeaseName = 180

// leaseTable is one row of the table of leases. Its SQL is what every database
// knows.
type leaseTable struct{ table, name string }

func newLeaseTable(table, name string) leaseTable {
	if len(name) > maxLeaseName {
		sum := sha256.Sum256([]byte(name))
		name = hex.EncodeToString(sum[:])
	}
	return leaseTable{cmp.Or(table, DefaultLeaseTable), name}
}

// leaseRow is what the row says.
type leaseRow struct {
	Holder string
	Token  int64  // how often the lease was taken
	Beat   int64  // how often it was renewed since
	Lasts  int64  // milliseconds without a beat
	Since  string // when it was taken, by the holder's clock
}

func (r *leaseRow) lasts() time.Duration { return time.Duration(r.Lasts) * time.Millisecond }

// as is who has the lease.
func (r *leaseRow) as() *LockHolder {
	if r == nil || r.Holder == nobody {
		return nil
	}
	h := &LockHolder{}
	pid, rest, _ := strings.Cut(r.Holder, " ")
	h.Connection = pid
	h.Host, _, _ = strings.Cut(rest, " ")
	h.Since, _ = time.Parse(time.RFC3339, r.Since) // if it is not ours, it is not known
	return h
}

// read reads the row; nil if it is not there. Without the table it fails.
func (t leaseTable) read(ctx context.Context, s *Session) (*leaseRow, error) {
	row, err := One[leaseRow](ctx, s, "SELECT holder, token, beat, lasts, since FROM "+t.table+
		" WHERE name = ?", t.name)
	if errors.Is(err, ErrNoRows) {
		return nil, nil
	}
	return &row, err
}

// row reads the row, and makes it and the table if they are not there. Others may
// do the same at the same time.
func (t leaseTable) row(ctx context.Context, s *Session) (*leaseRow, error) {
	row, err := t.find(ctx, s)
	if err != nil || row != nil {
		return row, err
	}
	made := t.try(ctx, s, "INSERT INTO "+t.table+" (name, holder, token, beat, lasts, since) "+
		"VALUES (?, ?, 0, 0, 0, ?)", t.name, nobody, "never")
	if row, err = t.find(ctx, s); err == nil && row == nil {
		err = cmp.Or(made, fmt.Errorf("%w: the lease %q cannot be read", ErrNoRows, t.name))
	}
	return row, err
}

// find is read on a table that is made first if need be.
func (t leaseTable) find(ctx context.Context, s *Session) (*leaseRow, error) {
	var row *leaseRow
	read := func(ctx context.Context, s *Session) (err error) {
		row, err = t.read(ctx, s)
		return err
	}
	err := beside(ctx, s, read)
	if !mayLackTable(err) {
		return row, err
	}
	made := t.try(ctx, s, "CREATE TABLE "+t.table+" (name VARCHAR(180) NOT NULL PRIMARY KEY, "+
		"holder VARCHAR(200) NOT NULL, token INTEGER NOT NULL, beat INTEGER NOT NULL, "+
		"lasts INTEGER NOT NULL, since VARCHAR(40) NOT NULL)")
	if err = beside(ctx, s, read); mayLackTable(err) && made != nil {
		err = made
	}
	return row, err
}

// mayLackTable reports whether a database that answers so may lack the table. One
// that is not known may have a code of its own for that.
func mayLackTable(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.isAnswer() && (e.Kind == KindSyntax || e.Kind == KindUnknown)
}

// try runs a statement that may fail because others were faster.
func (t leaseTable) try(ctx context.Context, s *Session, sql string, args ...any) error {
	return beside(ctx, s, func(ctx context.Context, s *Session) error {
		_, err := s.Exec(ctx, sql, args...)
		return err
	})
}

// beside runs fn on a session like s, whose failure is its own.
func beside(ctx context.Context, s *Session, fn func(ctx context.Context, s *Session) error) error {
	part := s.engine.Session()
	defer part.Close()
	part.home = s.home
	part.alone()
	if err := fn(ctx, part); err != nil {
		return err
	}
	return part.endPlain()
}

// take takes a lease that is as we saw it.
func (t leaseTable) take(ctx context.Context, s *Session, seen *leaseRow, holder string,
	lasts time.Duration) (bool, error) {
	return t.update(ctx, s, "holder = ?, token = token + 1, beat = 0, lasts = ?, since = ? "+
		"WHERE name = ? AND token = ? AND beat = ?", holder, lasts.Milliseconds(),
		time.Now().UTC().Format(time.RFC3339), t.name, seen.Token, seen.Beat)
}

const renewed = "beat = beat + 1 WHERE name = ? AND token = ?"

// beat renews the lease with that token.
func (t leaseTable) beat(ctx context.Context, s *Session, token int64) (bool, error) {
	return t.update(ctx, s, renewed, t.name, token)
}

// free gives up the lease if it is that holder's.
func (t leaseTable) free(ctx context.Context, s *Session, holder string) error {
	_, err := t.update(ctx, s, "holder = ? WHERE name = ? AND holder = ?", nobody, t.name, holder)
	return err
}

// fence is the step that changes the row with that token in a transaction.
func (t leaseTable) fence(s *Session, token int64) (drivers.Step, error) {
	return s.step(drivers.OpExec, "UPDATE "+t.table+" SET "+renewed, []any{t.name, token})
}

// update reports whether there was such a row.
func (t leaseTable) update(ctx context.Context, s *Session, set string, args ...any) (bool, error) {
	res, err := s.Exec(ctx, "UPDATE "+t.table+" SET "+set, args...)
	return res.RowsAffected == 1, err
}
