//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"
	"fmt"
)

// mark is a savepoint that ends with its transaction.
const mark = "sqlscope_mark"

// setMark is for statements that may commit and go on, such as CALL: a database
// that is asked says that there is a transaction, not whether it is the same one.
// The mark does, for two round trips.
func (l *link) setMark(ctx context.Context, sql string) error {
	if l.dialect.runs == nil || l.phase != begun || !l.dialect.runs(sql) {
		return nil
	}
	err := l.control(ctx, fmt.Sprintf(l.dialect.savepoint, mark))
	l.marked = err == nil
	return err
}

// settleByMark finds out whether the transaction is still the one that the mark was
// set in. What has been begun since goes with it.
func (l *link) settleByMark(err error) error {
	l.marked = false
	if _, gone := l.askBriefly(fmt.Sprintf(l.dialect.release, mark)); gone != nil {
		return l.discard(err)
	}
	return err
}
