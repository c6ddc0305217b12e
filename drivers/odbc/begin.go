//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/alexbrainman/odbc/api"

	"github.com/sqlscope/sqlscope/drivers"
)

// begin begins a transaction, mostly without a word to the server: with
// autocommit off one begins with the next statement.
func (l *link) begin(ctx context.Context, tx *drivers.TxOptions) error {
	if tx == nil {
		tx = &drivers.TxOptions{}
	}
	if l.phase == begun || l.phase == aborted {
		return errBegun
	}
	l.phase, l.limit = plain, 0
	for _, step := range []func(context.Context, *drivers.TxOptions) error{
		l.setSession, l.leaveAuto, l.setLevel, l.announce} {
		if err := step(ctx, tx); err != nil {
			return err
		}
	}
	l.phase, l.limit = begun, tx.StatementTimeout
	if l.dialect.inside == nil {
		return nil
	}
	for _, sql := range l.dialect.inside(tx) {
		if err := l.control(ctx, sql); err != nil {
			return l.notBegun(err)
		}
	}
	return nil
}

// notBegun undoes a transaction whose options were refused.
func (l *link) notBegun(err error) error {
	if !l.lost {
		if undone := l.rollBack(); undone != nil {
			return undone
		}
		l.phase = plain
	}
	return err
}

// setSession brings the connection's settings into the state that is wanted.
func (l *link) setSession(ctx context.Context, tx *drivers.TxOptions) error {
	if l.dialect.session == nil {
		return nil
	}
	usual := l.dialect.session(&drivers.TxOptions{})
	want := l.dialect.session(tx)
	if want == l.session || l.session == "" && want == usual {
		return nil
	}
	if err := l.control(ctx, want); err != nil {
		return err
	}
	l.session = want
	return nil
}

func (l *link) leaveAuto(ctx context.Context, _ *drivers.TxOptions) error {
	return l.setAuto(ctx, l.dialect.byHand)
}

// setAuto switches autocommit.
func (l *link) setAuto(ctx context.Context, on bool) error {
	if l.auto == on {
		return nil
	}
	value := uint(api.SQL_AUTOCOMMIT_OFF)
	if on {
		value = uint(api.SQL_AUTOCOMMIT_ON)
	}
	err := l.do(ctx, false, func() error { return l.setAttr("switch autocommit", attrAutocommit, value) })
	if err == nil {
		l.auto = on
	}
	return err
}

// setAttr is for jobs.
func (l *link) setAttr(op string, attribute int, value uint) error {
	if r := setConnectAttr(l.dbc, attribute, value); !succeeded(r) {
		return l.failureOfConn(op, r)
	}
	return nil
}

var levelValues = map[drivers.Isolation]uint{
	drivers.ReadUncommitted: readUncommitted, drivers.ReadCommitted: readCommitted,
	drivers.RepeatableRead: repeatableRead, drivers.Serializable: serializable,
}

// setLevel sets the isolation level by attribute, where that is the way.
func (l *link) setLevel(ctx context.Context, tx *drivers.TxOptions) error {
	if !l.dialect.isolationByAttribute || tx.Isolation == l.level {
		return nil
	}
	value, ok := levelValues[tx.Isolation]
	if !ok {
		value = uint(l.facts.level)
	}
	err := l.do(ctx, false, func() error { return l.setAttr("set the isolation level", attrIsolation, value) })
	if err == nil {
		l.level = tx.Isolation
	}
	return err
}

// announce sends the options of the next transaction.
func (l *link) announce(ctx context.Context, tx *drivers.TxOptions) error {
	if l.dialect.before == nil {
		return nil
	}
	if l.announced { // of a transaction that never was
		if err := l.control(ctx, "ROLLBACK"); err != nil {
			return err
		}
		l.announced = false
	}
	sql := l.dialect.before(tx)
	if sql == "" {
		return nil
	}
	l.announced = true // also if the answer is lost
	return l.control(ctx, sql)
}

// standAlone makes a statement outside a transaction one of its own.
func (l *link) standAlone(ctx context.Context) error {
	if l.phase == begun {
		return nil
	}
	l.phase, l.limit = plain, 0
	if err := l.setSession(ctx, &drivers.TxOptions{}); err != nil {
		return err
	}
	if err := l.setAuto(ctx, true); err != nil || l.dialect.alone == "" {
		return err
	}
	return l.control(ctx, l.dialect.alone)
}

// commit ends the transaction. One that cannot be committed is rolled back: some
// databases leave it open.
func (l *link) commit(ctx context.Context) error {
	switch l.phase {
	case aborted:
		return errCommitFailed
	case plain:
		return nil
	}
	err := l.do(ctx, false, func() error { return l.endTransaction(true) })
	if err != nil && !l.lost {
		if undone := l.rollBack(); undone != nil {
			return fmt.Errorf("%w; and the rollback: %w", err, undone)
		}
	}
	l.phase, l.limit = plain, 0
	return err
}

// rollback is OpRollback.
func (l *link) rollback(ctx context.Context) error {
	if l.phase == plain {
		return nil
	}
	err := l.do(ctx, false, func() error { return l.endTransaction(false) })
	if err == nil {
		l.phase, l.limit = plain, 0
	}
	return err
}

// rollBack rolls back whatever the caller's context does. A connection on which
// that fails is given up.
func (l *link) rollBack() error {
	err := l.briefly(func() error { return l.endTransaction(false) })
	if err != nil && !l.lost {
		err = l.lose(err)
	}
	return err
}

// endTransaction is a job.
func (l *link) endTransaction(commit bool) error {
	sql, how := "ROLLBACK", api.SQLSMALLINT(api.SQL_ROLLBACK)
	if commit {
		sql, how = "COMMIT", api.SQL_COMMIT
	}
	// MariaDB's driver sends nothing where no transaction has begun on the server:
	// options that were announced would hold for the next one.
	if l.dialect.byHand || l.announced {
		err := l.run(sql)
		l.announced = l.announced && err != nil
		if err != nil && !commit && strings.Contains(err.Error(), "no transaction is active") {
			return nil
		}
		return err
	}
	if r := api.SQLEndTran(api.SQL_HANDLE_DBC, api.SQLHANDLE(l.dbc), how); !succeeded(r) {
		return l.failureOfConn(strings.ToLower(sql), r)
	}
	return nil
}

// takeOff notes when a statement begins, if somebody may want to know.
func (l *link) takeOff() {
	if l.limit > 0 {
		l.started = time.Now()
	}
}
