package mysql

import (
	"context"
	"database/sql/driver"
	"errors"

	gomysql "github.com/go-sql-driver/mysql"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// land ends the watch over a statement that has been answered, or never will
// be, and makes of its error what the caller gets.
func (l *link) land(ctx context.Context, err error, sql string) error {
	fired := l.watch.end()
	// By this error, and no other, the library says that not one byte was written.
	l.unwritten = errors.Is(err, driver.ErrBadConn)
	l.sent = l.sent || !l.unwritten
	switch {
	case isLoss(err) || !l.native.IsValid():
		err = l.lostBy(fired, err)
	case fired && l.watch.unsure:
		err = l.giveUp(orElse(err, errKillUnsure))
	case fired && l.watch.shots > 0:
		err = l.settle(err, sql)
	case err != nil && l.phase == open && doubtful(err, sql):
		err = l.settle(err, sql)
	}
	if l.marked && !l.lost {
		err = l.takeMark(err)
	}
	l.note(err, sql)
	if fired && (isLost(err) || numberOf(err) == numInterrupted) {
		return &cancelError{orElse(ctx.Err(), context.Canceled), err}
	}
	return err
}

func (l *link) lostBy(fired bool, err error) error {
	err = orElse(err, gomysql.ErrInvalidConn)
	if fired {
		return l.giveUp(err)
	}
	return l.lose(err)
}

// settle finds out what has become of the transaction, after an error that may
// have ended it or after a KILL. The error stays, unless the connection is lost.
func (l *link) settle(err error, sql string) error {
	if asked := l.ask("DO 0"); asked != nil {
		return l.lostBy(l.watch.fired, orElse(err, asked))
	}
	// The flag says so even where the transaction's first statement was the
	// victim, and the server had not told before that it had begun.
	if l.phase == open && rollsBack(err) && !l.status.has(statusInTransaction) {
		l.phase = ended
	}
	return err
}

// note takes over what a statement did to the transaction.
func (l *link) note(err error, sql string) {
	switch number := numberOf(err); {
	case number == 1290, number == 1836:
		l.broken = true // the server has become a replica: the next user needs another one
	case err == nil && dialect.MySQLCommits(sql):
		l.broken = l.broken || dialect.MySQLLocksTables(sql) // for as long as the connection lives
		if l.phase == open {
			l.phase = ended
		}
	}
	l.observe()
}

// doubtful reports whether only the server knows if the transaction goes on
// after an error.
func doubtful(err error, sql string) bool {
	switch kindOf(err) {
	case drivers.KindUnique, drivers.KindForeignKey, drivers.KindNotNull, drivers.KindCheck,
		drivers.KindData, drivers.KindReadOnly, drivers.KindSyntax, drivers.KindPermission:
		return dialect.MySQLCommits(sql) // CREATE TABLE of one that is there has committed all the same
	}
	return numberOf(err) != 0
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
