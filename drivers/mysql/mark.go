package mysql

import (
	"context"

	"github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// mark is a savepoint that ends with its transaction.
const mark = "sqlscope_mark"

const numNoSavepoint = 1305

// setMark is for statements that may commit and go on, such as CALL. The server's
// flags say whether there is a transaction, not whether it is the same one; the
// mark does, for two round trips.
func (l *link) setMark(ctx context.Context, sql string) error {
	if !dialect.MySQLRuns(sql) {
		return nil
	}
	err := l.control(ctx, "SAVEPOINT "+mark)
	l.marked = err == nil
	return err
}

// takeMark looks whether the mark is there.
func (l *link) takeMark(err error) error {
	l.marked = false
	if err == nil && !l.status.has(statusInTransaction) {
		return nil // the flags say all; an error has none
	}
	switch asked := l.ask("RELEASE SAVEPOINT " + mark); {
	case numberOf(asked) == numNoSavepoint:
		l.phase = ended
	case asked != nil:
		return l.lostBy(l.watch.fired, orElse(err, asked))
	}
	return err
}
