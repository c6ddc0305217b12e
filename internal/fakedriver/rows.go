package fakedriver

import (
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
)

// rows implements [drivers.Rows]. Every value is made when it is asked for.
type rows struct {
	conn *Conn
	run  *run
	res  *result
	now  row
	err  error
	done bool
}

// abortable adds [drivers.Aborter].
type abortable struct{ *rows }

// Abort implements [drivers.Aborter].
func (a abortable) Abort() error {
	if !a.done {
		a.finish(Errorf(drivers.KindCancelled, "given up"))
	}
	return nil
}

func (c *Conn) handOut(r *rows) drivers.Rows {
	if c.db.opts.NoAbort {
		return r
	}
	return abortable{r}
}

// Columns implements [drivers.Rows].
func (r *rows) Columns() []string { return r.res.columns }

// Next implements [drivers.Rows].
func (r *rows) Next() bool {
	defer r.conn.enter("Rows.Next")()
	if r.done {
		return false
	}
	var err error
	switch {
	case r.conn.isDead():
		err = lost(nil)
	case r.run.ctx.Err() != nil:
		err = cancelled(r.run.ctx.Err())
	case r.res.next != nil:
		r.now, err = r.res.next()
	}
	if err != nil || r.now == nil {
		r.finish(err)
	}
	return r.now != nil
}

func (r *rows) finish(err error) {
	r.now, r.done = nil, true
	r.conn.rows = nil
	if err != nil {
		r.err = r.conn.failed(err)
	}
}

// Scan implements [drivers.Rows].
func (r *rows) Scan(dest ...any) error {
	defer r.conn.enter("Rows.Scan")()
	if r.now == nil {
		return errors.New("fake: Scan without a row")
	}
	if len(dest) != len(r.now) {
		return fmt.Errorf("fake: %d destinations for %d columns", len(dest), len(r.now))
	}
	for i, d := range dest {
		if err := scan(d, r.value(i)); err != nil {
			return fmt.Errorf("fake: column %s: %w", r.res.columns[i], err)
		}
	}
	return nil
}

// Values implements [drivers.Rows].
func (r *rows) Values() ([]any, error) {
	if r.now == nil {
		return nil, errors.New("fake: Values without a row")
	}
	values := make([]any, len(r.now))
	for i := range values {
		values[i] = r.value(i)
	}
	return values, nil
}

func (r *rows) value(i int) any {
	switch v := r.now[i].(type) {
	case string:
		if r.conn.db.opts.TextAsBytes {
			return []byte(v)
		}
	case []byte:
		return append([]byte{}, v...)
	}
	return r.now[i]
}

// Err implements [drivers.Rows].
func (r *rows) Err() error { return r.err }

// Close implements [drivers.Rows].
func (r *rows) Close() error {
	if !r.done {
		r.finish(nil)
	}
	return r.err
}
