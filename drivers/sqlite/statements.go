package sqlite

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
)

// statements keeps the prepared statements of a connection, the least recently
// used go first. Rows never lose theirs: while they are open the connection runs
// nothing else.
type statements struct {
	native driver.Conn
	handle handle
	limit  int

	known map[string]*list.Element // of *statement
	order list.List                // the last used in front
}

// statement is a prepared statement, or a text of several.
type statement struct {
	native  driver.Stmt
	sql     string // as the cache knows it
	params  int    // -1: several statements
	columns int
	kept    bool
	inserts bool
}

// prepareFor returns the statement of a user's text that takes n arguments.
func (c *statements) prepareFor(sql string, n int) (*statement, error) {
	st, err := c.prepare(sql, false)
	if err != nil {
		return nil, err
	}
	if st.params < 0 && n > 0 {
		// modernc would hand the same arguments to each of the statements.
		st.done()
		first, ok := onlyStatement(sql)
		if !ok {
			return nil, fmt.Errorf("sqlite: a text of several statements takes no arguments")
		}
		return c.prepareFor(first, n)
	}
	if st.params >= 0 && st.params != n {
		st.done()
		return nil, fmt.Errorf("sqlite: the statement takes %d arguments, got %d", st.params, n)
	}
	return st, nil
}

// prepare returns the statement of a text. One that is not kept must be given
// back with done.
func (c *statements) prepare(sql string, keep bool) (*statement, error) {
	if e, ok := c.known[sql]; ok {
		c.order.MoveToFront(e)
		return e.Value.(*statement), nil
	}
	st, err := c.compile(sql)
	if err != nil {
		return nil, err
	}
	if keep || st.worthKeeping() {
		c.keep(st)
	}
	return st, nil
}

func (c *statements) compile(sql string) (*statement, error) {
	// Whatever follows the semicolon, a line break too, would make it a text of
	// several statements, which modernc compiles anew each time.
	native, err := c.native.Prepare(strings.TrimRight(sql, "; \t\r\n"))
	if err != nil {
		return nil, err
	}
	st := &statement{native: native, sql: sql, params: -1}
	pstmt, err := pointerField(native, "pstmt")
	if err != nil {
		return nil, errors.Join(err, native.Close())
	}
	if pstmt != 0 {
		st.params, st.columns = c.handle.counts(pstmt)
		st.inserts = isInsert(sql)
	}
	return st, nil
}

// worthKeeping is false for DDL, which is seldom run twice, and for pragmas: some
// take effect when they are compiled and would do nothing the second time, see
// https://www.sqlite.org/pragma.html.
func (st *statement) worthKeeping() bool {
	return (st.params > 0 || st.columns > 0) && firstWord(st.sql) != "PRAGMA"
}

func (c *statements) keep(st *statement) {
	if c.limit == 0 {
		return
	}
	for len(c.known) >= c.limit {
		oldest := c.order.Remove(c.order.Back()).(*statement)
		delete(c.known, oldest.sql)
		oldest.kept = false
		oldest.done()
	}
	if c.known == nil {
		c.known = make(map[string]*list.Element, min(c.limit, 16))
	}
	st.kept = true
	c.known[st.sql] = c.order.PushFront(st)
}

func (c *statements) close() {
	for _, e := range c.known {
		_ = e.Value.(*statement).native.Close() // that of the last run, as in done
	}
	clear(c.known)
	c.order.Init()
}

// done closes the statement unless the cache keeps it. The error of closing is
// that of the last run, which has been reported.
func (st *statement) done() {
	if !st.kept {
		_ = st.native.Close()
	}
}

func (st *statement) exec(args []driver.NamedValue) (driver.Result, error) {
	return st.native.(driver.StmtExecContext).ExecContext(context.Background(), args)
}

func (st *statement) query(args []driver.NamedValue) (driver.Rows, error) {
	return st.native.(driver.StmtQueryContext).QueryContext(context.Background(), args)
}
