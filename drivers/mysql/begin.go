package mysql

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// limits are the timeouts of a transaction; 0 is the server's own.
type limits struct{ statement, lock time.Duration }

// begin begins a transaction, without a word to the server if it can: with
// autocommit off the server begins one with the next statement. A deadlock is
// safer that way, too: what comes after one is in a transaction again.
func (l *link) begin(ctx context.Context, tx *drivers.TxOptions) error {
	if tx == nil {
		tx = &drivers.TxOptions{}
	}
	switch {
	case l.phase == open:
		return errBegun
	case tx.Deferrable, tx.Settings != (drivers.Settings{}),
		tx.StatementTimeout != 0 && !l.pool.opts.MariaDB:
		return errors.New("mysql: Deferrable, Settings and, but for MariaDB, StatementTimeout " +
			"are not supported")
	}
	want := limits{tx.StatementTimeout, tx.LockTimeout}
	if err := l.prepare(ctx, false, want); err != nil {
		return err
	}
	if traits := characteristics(tx); traits != "" {
		// It holds for the next transaction only,
		// https://dev.mysql.com/doc/refman/8.4/en/set-transaction.html
		if err := l.control(ctx, "SET TRANSACTION "+traits); err != nil {
			return err
		}
	}
	l.phase, l.begun = open, false
	return nil
}

// prepare brings the connection's variables into the state that is wanted, with
// one statement or, mostly, none.
func (l *link) prepare(ctx context.Context, autocommit bool, want limits) error {
	var set []string
	if l.status.has(statusAutocommit) != autocommit {
		set = append(set, "autocommit="+digit(autocommit))
	}
	if want.statement != l.limits.statement {
		set = append(set, l.assign("max_statement_time", decimal(want.statement)))
	}
	if want.lock != l.limits.lock {
		set = append(set, l.assign("innodb_lock_wait_timeout", wholeSeconds(want.lock)),
			l.assign("lock_wait_timeout", wholeSeconds(want.lock)))
	}
	if len(set) == 0 {
		return nil
	}
	if err := l.control(ctx, "SET "+strings.Join(set, ", ")); err != nil {
		return err
	}
	l.limits = want
	return nil
}

// assign spells an assignment; an empty value is the connection's usual one.
func (l *link) assign(name, value string) string {
	if value == "" {
		value = l.usual(name)
	}
	return name + "=" + value
}

// usual is the value of a variable as the connection begins, as SQL.
func (l *link) usual(name string) string { return cmp.Or(l.pool.vars[name], "DEFAULT") }

func digit(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// decimal is a time in seconds with a fraction.
func decimal(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 6, 64)
}

// wholeSeconds rounds up: the server counts waits for a lock in seconds.
func wholeSeconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

// characteristics spells the options that SET TRANSACTION knows.
func characteristics(tx *drivers.TxOptions) string {
	var traits []string
	if tx.Isolation != drivers.DefaultIsolation {
		traits = append(traits, fmt.Sprintf("ISOLATION LEVEL %s", strings.ToUpper(tx.Isolation.String())))
	}
	if tx.ReadOnly {
		traits = append(traits, "READ ONLY")
	}
	return strings.Join(traits, ", ")
}
