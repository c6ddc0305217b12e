package postgres

import (
	"context"
	"reflect"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"

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

// Scan implements [drivers.Rows]. An error ends the rows, as it does in pgx.
func (r *rows) Scan(dest ...any) error {
	err := r.scan(dest)
	if err != nil && r.isOpen() {
		r.err = err
		_ = r.Close()
	}
	return err
}

func (r *rows) scan(dest []any) error {
	if !r.isOpen() || r.ahead {
		return errNoRow
	}
	if len(dest) != len(r.values) || len(r.fields) != len(r.values) {
		return &columnCountError{columns: len(r.values), destinations: len(dest)}
	}
	plans, types := r.plans()
	for i, target := range dest {
		if target == nil {
			continue
		}
		if t := reflect.TypeOf(target); types[i] != t {
			f := &r.fields[i]
			types[i], plans[i] = t, r.c.types.PlanScan(f.DataTypeOID, f.Format, target)
		}
		if err := plans[i].Scan(r.values[i], target); err != nil {
			return scanError(i, r.columns[i], err)
		}
	}
	return nil
}

// plans are kept with the statement: to plan costs more than to scan.
func (r *rows) plans() ([]pgtype.ScanPlan, []reflect.Type) {
	st := r.statement
	if st.plans == nil {
		st.plans = make([]pgtype.ScanPlan, len(r.fields))
		st.planTypes = make([]reflect.Type, len(r.fields))
	}
	return st.plans, st.planTypes
}

// Values implements [drivers.Rows]; the values are those that pgx decodes.
func (r *rows) Values() ([]any, error) {
	if !r.isOpen() || r.ahead {
		return nil, errNoRow
	}
	values := make([]any, len(r.values))
	for i, raw := range r.values {
		v, err := r.value(i, raw)
		if err != nil {
			r.err = scanError(i, r.columns[i], err)
			_ = r.Close()
			return nil, r.err
		}
		values[i] = v
	}
	return values, nil
}

func (r *rows) value(i int, raw []byte) (any, error) {
	f := &r.fields[i]
	if raw == nil {
		return nil, nil
	}
	if t, ok := r.c.types.TypeForOID(f.DataTypeOID); ok {
		return t.Codec.DecodeValue(r.c.types, f.DataTypeOID, f.Format, raw)
	}
	if f.Format == pgtype.TextFormatCode {
		return string(raw), nil
	}
	return append([]byte(nil), raw...), nil
}
