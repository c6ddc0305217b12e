//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"unsafe"

	"github.com/alexbrainman/odbc/api"
)

// result is a query's answer while it is read: its columns and the block of rows
// that is in memory. It is made by a job and then the reader's.
type result struct {
	columns []column
	vary    []int // the columns whose values differ in length
	unbound bool  // some columns are not bound
	rows    int   // in the block
	last    bool  // there is no row behind the block
}

// open is a job: it executes a query and fetches the first block.
func (l *link) open() (*result, error) {
	r := l.statement.execute(&l.sql, l.params, l.dialect.askNulls)
	if !succeeded(r) {
		err := l.failure("execute", r)
		l.statement.close()
		return nil, err
	}
	res := l.plan()
	if len(res.columns) == 0 {
		return res, l.end(res)
	}
	if r := l.statement.bind(l.block(res)); !succeeded(r) {
		err := l.failure("bind columns", r)
		l.statement.close()
		return nil, err
	}
	res.locate(l.statement.columns())
	return res, l.fetch(res)
}

// plan looks at the columns.
func (l *link) plan() *result {
	described := l.statement.columns()
	res := &result{columns: make([]column, len(described))}
	for i := range described {
		c := l.dialect.plan(&described[i])
		if c.varies {
			res.vary = append(res.vary, i)
		}
		c.bound = true
		res.columns[i] = c
	}
	return res
}

// block returns how many rows a block shall have. A value that was too long for
// its buffer can be read again if the driver lets bound columns be read, and in
// a block of more than one row if it says so. Otherwise such columns, and those
// behind them, are not bound.
func (l *link) block(res *result) int {
	bytes := 0
	long := false
	for _, i := range res.vary {
		long = long || res.columns[i].width == boundBytes
	}
	if long && l.facts.getData&getDataBound == 0 {
		l.unbind(res)
		return 1
	}
	if l.oneByOne(res, long) {
		return 1
	}
	for i := range res.columns {
		bytes += res.columns[i].width + lengthSize
	}
	return min(max(blockBytes/max(bytes, 1), 1), blockRows)
}

// oneByOne reports whether rows must be fetched one by one, since a value that
// is too long for its buffer could not be read again in a larger block.
func (l *link) oneByOne(res *result, long bool) bool {
	if l.dialect.trustsSizes { // those who do may have SQL_GD_BLOCK and do not mean it
		return long
	}
	return len(res.vary) > 0 && l.facts.getData&getDataBlock == 0
}

// unbind leaves out the columns from the first that may be long: the order in
// which the others must be read is theirs.
func (l *link) unbind(res *result) {
	described := l.statement.columns()
	res.unbound = true
	for i := res.vary[0]; i < len(res.columns); i++ {
		res.columns[i].bound = false
		described[i].width = 0
	}
}

// locate notes where the columns are.
func (r *result) locate(described []cColumn) {
	for i := range r.columns {
		r.columns[i].data = unsafe.Pointer(described[i].data)
		r.columns[i].length = described[i].length
	}
}

// fetch is a job: it fetches a block, and ends the statement behind the last row
// if nothing more has to be read of it.
func (l *link) fetch(res *result) error {
	switch r := l.statement.fetch(); {
	case r == api.SQL_NO_DATA:
		res.rows = 0
		return l.end(res)
	case !succeeded(r):
		err := l.failure("fetch", r)
		l.statement.close()
		res.rows, res.last = 0, true
		return err
	}
	res.rows = l.statement.fetched()
	if res.rows < l.statement.array() && !res.hasLong() {
		return l.end(res)
	}
	return nil
}

// end is a job: it goes to the end of what the statement returns.
func (l *link) end(res *result) error {
	res.last = true
	defer l.statement.close()
	if r := l.statement.drain(); !succeeded(r) {
		return l.failure("go to the next result", r)
	}
	return nil
}

// hasLong reports whether a value of the block has to be read again.
func (r *result) hasLong() bool {
	for row := range r.rows {
		if r.isLong(row) {
			return true
		}
	}
	return false
}

// isLong reports whether some value of a row is not in the block.
func (r *result) isLong(row int) bool {
	if r.unbound {
		return true
	}
	for _, i := range r.vary {
		if c := &r.columns[i]; c.cut(row) {
			return true
		}
	}
	return false
}

// cut reports whether a value is longer than what the block has of it.
func (c *column) cut(row int) bool {
	n := c.in(row)
	return n > c.room || n == cNoTotal
}

// whole is a job: it reads the values of a row that are not in the block.
func (l *link) whole(res *result, row int) (map[int]cell, error) {
	values := map[int]cell{}
	for i := range res.columns {
		c := &res.columns[i]
		if c.bound && (!c.varies || !c.cut(row)) {
			continue
		}
		b, null, r := l.statement.value(row, i)
		if !succeeded(r) {
			return nil, l.failure("read a column", r)
		}
		values[i] = copied(b, null)
	}
	return values, nil
}

// copied is a value in memory of Go's.
func copied(b []byte, null bool) cell {
	if null {
		return cell{length: cNull}
	}
	own := make([]uint64, len(b)/8+1) // aligned for every type
	at := unsafe.Pointer(&own[0])
	copy(unsafe.Slice((*byte)(at), len(b)), b)
	return cell{at, len(b)}
}

// firstValue is a job: the first value of the answer that was just executed.
func (l *link) firstValue() (string, error) {
	res := l.plan()
	res.unbound = true
	for i := range res.columns {
		res.columns[i].bound = false
	}
	described := l.statement.columns()
	described[0].ctype = smallint(l.dialect.textType())
	switch r := l.statement.fetch(); {
	case r == api.SQL_NO_DATA:
		return "", nil
	case !succeeded(r):
		return "", l.failure("fetch", r)
	}
	b, _, r := l.statement.value(0, 0)
	if !succeeded(r) {
		return "", l.failure("read a column", r)
	}
	first := column{ctype: l.dialect.textType()}
	return first.string(copied(b, false)), nil
}
