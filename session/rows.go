package session

import (
	"database/sql/driver"
	"errors"
	"sync/atomic"

	"github.com/sqlscope/sqlscope/drivers"
)

// Rows is the result of a query, read as the server sends it. The session
// cannot be used until the rows are closed; reading them to the end closes
// them.
type Rows struct {
	session *Session
	rows    drivers.Rows
	sql     string
	closed  bool
	badScan bool // a value did not fit: that is no failure of the statement
	err     error

	recall    func(drivers.Rows) error // of Share
	abandoned atomic.Bool
}

// Columns names the columns, in order.
func (r *Rows) Columns() []string { return r.rows.Columns() }

// Next goes to the next row. It returns false at the end and on an error,
// which Err returns.
func (r *Rows) Next() bool {
	r.session.guard.enterForRows()
	defer r.session.leave()
	return r.next()
}

func (r *Rows) next() bool {
	if r.closed {
		return false
	}
	if r.rows.Next() {
		return true
	}
	r.finish()
	return false
}

// Scan converts the current row into dest, one pointer a column. A value that
// does not fit is an error that names the column; nothing is cut off.
func (r *Rows) Scan(dest ...any) error {
	r.session.guard.enterForRows()
	defer r.session.leave()
	return r.scan(dest)
}

func (r *Rows) scan(dest []any) error {
	if r.closed {
		return refuse(ErrClosed, "the rows are closed")
	}
	if n := len(r.rows.Columns()); n != len(dest) {
		return refuse(ErrScan, "%d columns, %d destinations", n, len(dest))
	}
	if err := r.rows.Scan(dest...); err != nil {
		r.badScan = true
		return &failure{is: ErrScan, cause: err}
	}
	return nil
}

// Values returns the current row as the driver's natural Go values.
func (r *Rows) Values() ([]any, error) {
	r.session.guard.enterForRows()
	defer r.session.leave()
	return r.values()
}

func (r *Rows) values() ([]any, error) {
	if r.closed {
		return nil, refuse(ErrClosed, "the rows are closed")
	}
	values, err := r.rows.Values()
	r.badScan = r.badScan || err != nil
	return values, err
}

// DriverValues stores the current row in dest, one value a column, as the
// database/sql driver of the same database would: numbers, bool, string, []byte,
// time.Time or nil. A []byte may be valid only until the next call.
func (r *Rows) DriverValues(dest []driver.Value) error {
	r.session.guard.enterForRows()
	defer r.session.leave()
	if r.closed {
		return refuse(ErrClosed, "the rows are closed")
	}
	err := DriverValues(r.rows, dest)
	r.badScan = r.badScan || err != nil
	return err
}

// ColumnType tells what is known of the i-th column's type.
func (r *Rows) ColumnType(i int) ColumnType { return columnType(r.rows, i) }

// Err is the error that ended the rows early, if any.
func (r *Rows) Err() error { return r.err }

// Close discards what has not been read and returns Err. It may be called more
// than once.
func (r *Rows) Close() error {
	r.session.guard.enterForRows()
	defer r.session.leave()
	return r.close()
}

func (r *Rows) close() error {
	if !r.closed {
		r.finish()
	}
	return r.err
}

// finish ends the rows and takes over what has become of the transaction.
func (r *Rows) finish() {
	s := r.session
	r.closed = true
	u := s.unit
	if u == nil || u.rows != r {
		return // the session was closed meanwhile, and the rows with it
	}
	if err := r.rows.Close(); err != nil && !r.badScan {
		r.err = s.engine.wrap("read rows", r.sql, err)
		if isContext(err) {
			s.engine.counts.cancelled.Add(1)
		}
	}
	u.rows, u.lease.rows = nil, nil
	s.settle(u, "the query", r.err)
}

// orphan ends rows whose session ended first.
func (r *Rows) orphan() {
	r.closed = true
	r.err = errors.Join(r.err, refuse(ErrClosed, "the session ended before its rows were read"))
}
