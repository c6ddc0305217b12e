package scopedsql

import (
	"bytes"
	"database/sql/driver"
	"fmt"
	"sync"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/session"
)

// kept is the rest of a result that had to make room for another statement.
type kept struct {
	mu    sync.Mutex // guards the fields below
	rows  [][]driver.Value
	err   error // after the last of rows
	types []session.ColumnType
}

// next copies the next row that is kept, if there is one.
func (k *kept) next(dest []driver.Value) (more bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.rows) == 0 {
		return false, k.err
	}
	copy(dest, k.rows[0])
	k.rows[0], k.rows = nil, k.rows[1:]
	return true, nil
}

func (k *kept) columnTypes() []session.ColumnType {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.types
}

// recall reads the rest of the rows for somebody who needs the session. It runs
// inside the session; see [session.Rows.Share].
func (r *rows) recall(from drivers.Rows) error {
	k := &r.kept
	k.mu.Lock()
	defer k.mu.Unlock()
	n := len(from.Columns())
	k.types = make([]session.ColumnType, n)
	for i := range k.types {
		k.types[i] = r.rows.ColumnType(i)
	}
	for size := 0; k.err == nil && from.Next(); {
		row := make([]driver.Value, n)
		k.err = session.DriverValues(from, row)
		size += own(row)
		k.rows = append(k.rows, row)
		if r.limit > 0 && size > r.limit {
			k.err = fmt.Errorf("%w: more than %d bytes of them had to be kept while other statements ran; "+
				"read them first, or raise Options.BufferBytes", session.ErrRowsOpen, r.limit)
		}
	}
	if k.err == nil {
		k.err = from.Err()
	}
	return nil
}

// own makes the values of a row independent of the rows and returns about how
// much memory they take.
func own(row []driver.Value) (size int) {
	for i, v := range row {
		size += 16
		switch v := v.(type) {
		case []byte:
			row[i] = bytes.Clone(v)
			size += len(v)
		case string:
			size += len(v)
		}
	}
	return size
}
