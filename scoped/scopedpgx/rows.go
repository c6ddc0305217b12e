package scopedpgx

import (
	"bytes"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/session"
)

// rows implements [pgx.Rows]: pgx's own as long as they are open, and what was
// read into memory when another statement needed the session.
type rows struct {
	open   *session.Rows // nil for those that were in memory from the beginning
	native pgx.Rows
	conn   *pgx.Conn
	types  *pgtype.Map
	err    error // without native

	mu     sync.Mutex // guards the fields below
	fields []pgconn.FieldDescription
	now    [][]byte   // the current row, if it is in memory
	kept   [][][]byte // the rows after it
	tag    pgconn.CommandTag
}

// Next implements [pgx.Rows].
func (r *rows) Next() bool {
	if r.nextKept() {
		return true
	}
	if r.open == nil {
		return false
	}
	// If not, another goroutine may have taken the session meanwhile.
	return r.open.Next() || r.nextKept()
}

func (r *rows) nextKept() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = nil
	if len(r.kept) == 0 {
		return false
	}
	r.now, r.kept = r.kept[0], r.kept[1:]
	return true
}

// Scan implements [pgx.Rows].
func (r *rows) Scan(dest ...any) error {
	if len(dest) == 1 {
		if s, ok := dest[0].(pgx.RowScanner); ok {
			return s.ScanRow(r)
		}
	}
	if now := r.current(); now != nil {
		return pgx.ScanRow(r.types, r.FieldDescriptions(), now, dest...)
	}
	if r.open == nil {
		return errNoRow
	}
	return r.open.Scan(dest...)
}

func (r *rows) current() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// Values implements [pgx.Rows].
func (r *rows) Values() ([]any, error) {
	now := r.current()
	switch {
	case now != nil:
		return r.decode(now)
	case r.open == nil:
		return nil, errNoRow
	}
	return r.open.Values()
}

// decode does for a row in memory what pgx does for one on the wire.
func (r *rows) decode(now [][]byte) ([]any, error) {
	values := make([]any, len(now))
	for i, f := range r.FieldDescriptions() {
		if now[i] == nil {
			continue
		}
		t, ok := r.types.TypeForOID(f.DataTypeOID)
		if !ok {
			values[i] = untyped(f.Format, now[i])
			continue
		}
		v, err := t.Codec.DecodeValue(r.types, f.DataTypeOID, f.Format, now[i])
		if err != nil {
			return nil, pgx.ScanArgError{ColumnIndex: i, FieldName: f.Name, Err: err}
		}
		values[i] = v
	}
	return values, nil
}

func untyped(format int16, raw []byte) any {
	if format == pgtype.TextFormatCode {
		return string(raw)
	}
	return bytes.Clone(raw)
}

// RawValues implements [pgx.Rows].
func (r *rows) RawValues() [][]byte {
	if now := r.current(); now != nil || r.native == nil {
		return now
	}
	return r.native.RawValues()
}

// FieldDescriptions implements [pgx.Rows].
func (r *rows) FieldDescriptions() []pgconn.FieldDescription {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fields == nil && r.native != nil {
		r.fields = slices.Clone(r.native.FieldDescriptions())
	}
	return r.fields
}

// CommandTag implements [pgx.Rows].
func (r *rows) CommandTag() pgconn.CommandTag {
	if r.native == nil {
		return r.tag
	}
	return r.native.CommandTag()
}

// Err implements [pgx.Rows].
func (r *rows) Err() error {
	if r.open == nil {
		return r.err
	}
	return r.open.Err()
}

// Close implements [pgx.Rows].
func (r *rows) Close() {
	if r.open != nil {
		_ = r.open.Close() // Err says it
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now, r.kept = nil, nil
}

// Conn implements [pgx.Rows].
func (r *rows) Conn() *pgx.Conn { return r.conn }

// TypeMap implements [pgx.Rows].
func (r *rows) TypeMap() *pgtype.Map { return r.types }

// recall reads the current row and the rest into memory for somebody who needs
// the session. It runs inside the session; see [session.Rows.Share].
func (r *rows) recall(drivers.Rows) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fields == nil {
		r.fields = slices.Clone(r.native.FieldDescriptions())
	}
	r.now = cloned(r.native.RawValues())
	for r.native.Next() {
		r.kept = append(r.kept, cloned(r.native.RawValues()))
	}
	return nil
}

// cloned is nil before the first row.
func cloned(raw [][]byte) [][]byte {
	if raw == nil {
		return nil
	}
	out := make([][]byte, len(raw))
	for i := range raw {
		out[i] = bytes.Clone(raw[i])
	}
	return out
}

// row implements [pgx.Row].
type row struct{ rows *rows }

// Scan implements [pgx.Row].
func (r row) Scan(dest ...any) error {
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}

// open makes drivers.Rows of pgx's.
type open struct{ rows pgx.Rows }

// Columns implements [drivers.Rows].
func (o open) Columns() []string {
	fields := o.rows.FieldDescriptions()
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].Name
	}
	return names
}

// Next implements [drivers.Rows].
func (o open) Next() bool { return o.rows.Next() }

// Scan implements [drivers.Rows].
func (o open) Scan(dest ...any) error { return o.rows.Scan(dest...) }

// Values implements [drivers.Rows].
func (o open) Values() ([]any, error) { return o.rows.Values() }

// Err implements [drivers.Rows].
func (o open) Err() error { return o.rows.Err() }

// Close implements [drivers.Rows].
func (o open) Close() error {
	o.rows.Close()
	return o.rows.Err()
}
