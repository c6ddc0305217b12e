package postgres

import (
	"context"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlscope/sqlscope/drivers"
)

// rows streams one result. It is not reused: a stale handle that is closed
// twice must not close the rows of a later query.
type rows struct {
	c         *conn
	statement *statement // whose scan plans are used; a passing one if unknown
	fields    []pgconn.FieldDescription
	columns   []string
	values    [][]byte
	ahead     bool // the current values have not been handed out by Next yet
	err       error
	trace     trace
}

// openRows reads up to the first row, so that a query that fails before it has
// one is the error of Run.
func (c *conn) openRows(f *drivers.Flight, s *segment) (*rows, error) {
	r := &rows{c: c, statement: s.query}
	if r.statement == nil {
		r.statement = &statement{}
	}
	r.fields, r.columns = r.statement.fields, r.statement.columns
	c.bound = false
	more, err := r.read()
	if err != nil {
		return nil, err
	}
	f.Done++
	if !more {
		if err := c.readReady(); err != nil {
			f.Done--
			return nil, err
		}
		return r, nil
	}
	r.ahead, c.open = true, r
	r.trace = c.takeTrace(f.Done - 1 - s.first)
	return r, nil
}

// read reads up to the next row or the end. After an error of the server it
// has read the whole segment.
func (r *rows) read() (more bool, err error) {
	for {
		m, err := r.c.receive()
		if err != nil {
			return false, err
		}
		switch m := m.(type) {
		case *pgproto3.DataRow:
			r.values = m.Values
			return true, nil
		case *pgproto3.BindComplete:
			r.c.bound = true
		case *pgproto3.RowDescription:
			r.describe(m)
		case *pgproto3.CommandComplete:
			r.c.traceTag(m.CommandTag)
			return false, nil
		case *pgproto3.EmptyQueryResponse:
			return false, nil
		case *pgproto3.CopyInResponse:
			if err := r.c.refuseCopy(true); err != nil {
				return false, err
			}
		case *pgproto3.CopyOutResponse:
			return false, r.c.recoverFrom(errCopyOut)
		case *pgproto3.ErrorResponse:
			return false, r.c.recoverFrom(pgconn.ErrorResponseToPgError(m))
		}
	}
}

// describe takes what the server says of this run over what was cached.
func (r *rows) describe(m *pgproto3.RowDescription) {
	r.fields = copyFields(m)
	r.columns = columnNames(r.fields)
	r.statement = &statement{}
}

// Columns implements [drivers.Rows].
func (r *rows) Columns() []string { return r.columns }

// Next implements [drivers.Rows].
func (r *rows) Next() bool {
	if !r.isOpen() {
		return false
	}
	if r.ahead {
		r.ahead = false
		return true
	}
	more, err := r.read()
	if !more {
		r.end(err)
	}
	return more
}

func (r *rows) isOpen() bool { return r.c != nil && r.c.open == r }

// end finishes the flight after the last message of the result.
func (r *rows) end(err error) {
	if err == nil {
		err = r.c.readReady()
	}
	r.finish(err)
}

// finish is called once, when the whole segment has been read or never will be.
func (r *rows) finish(err error) {
	c := r.c
	c.open, r.values = nil, nil
	err = c.land(err)
	if r.err == nil {
		r.err = err
	}
	c.endTrace(&r.trace, r.err)
}

// abandon ends the rows of a connection that is being destroyed.
func (r *rows) abandon(err error) {
	r.c.open, r.values = nil, nil
	r.c.watch.abandon()
	if r.err == nil {
		r.err = &lostError{err}
	}
	r.c.endTrace(&r.trace, r.err)
}

// Err implements [drivers.Rows].
func (r *rows) Err() error { return r.err }

// Close implements [drivers.Rows].
func (r *rows) Close() error {
	if !r.isOpen() {
		return r.err
	}
	more, err := true, error(nil)
	for more && err == nil {
		more, err = r.read()
	}
	r.end(err)
	return r.err
}

// Abort implements [drivers.Aborter].
func (r *rows) Abort() error {
	if !r.isOpen() {
		return r.err
	}
	ctx, stop := context.WithCancel(context.Background())
	r.c.watch.also(ctx)
	stop()
	if err := r.Close(); err != nil && !isCancelled(err) {
		return err
	}
	r.err = nil
	return nil
}
