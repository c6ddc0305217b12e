//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"

	"github.com/sqlscope/sqlscope/drivers"
)

// exec runs a statement and discards its rows.
func (l *link) exec(ctx context.Context, s *drivers.Step, args []any) error {
	if err := l.load(ctx, s.SQL, args); err != nil {
		return err
	}
	err := l.do(ctx, true, func() error { return l.finish(&l.sql, l.params) })
	if err == nil {
		s.Result = drivers.Result{RowsAffected: l.statement.affected()}
	}
	return l.settle(s.SQL, err)
}

// load puts a statement and its arguments into the memory of C.
func (l *link) load(ctx context.Context, sql string, args []any) error {
	if err := l.standAlone(ctx); err != nil {
		return err
	}
	if err := l.setMark(ctx, sql); err != nil {
		return err
	}
	if l.dialect.countsInComments {
		sql = quietComments(sql, &l.dialect.lexical)
	}
	l.sql.set(l.dialect, sql)
	l.params.set(args)
	l.takeOff()
	return nil
}

// finish is a job: it executes a statement and goes to the end of its results.
func (l *link) finish(sql *sqlText, params *parameters) error {
	r := l.statement.execute(sql, params, l.dialect.askNulls)
	if succeeded(r) {
		r = l.statement.drain()
	}
	if !succeeded(r) {
		err := l.failure("execute", r)
		l.statement.close()
		return err
	}
	l.statement.close()
	return nil
}

// run is a job: a statement without arguments.
func (l *link) run(sql string) error {
	return l.finish(l.text(sql), &parameters{})
}

func (l *link) text(sql string) *sqlText {
	var t sqlText
	t.set(l.dialect, sql)
	return &t
}

// control runs one of the driver's own statements. It is not cancelled: these
// take no time.
func (l *link) control(ctx context.Context, sql string) error {
	return l.do(ctx, false, func() error { return l.run(sql) })
}

// savepoint runs a control statement of the transaction.
func (l *link) savepoint(ctx context.Context, sql string) error {
	return l.settle(sql, l.control(ctx, sql))
}

// ask returns the first value of the answer to a query, as text; "" if there is
// no answer.
func (l *link) ask(ctx context.Context, sql string) (string, error) {
	var answer string
	err := l.do(ctx, true, func() error {
		r := l.statement.execute(l.text(sql), &parameters{}, false)
		defer l.statement.close()
		if !succeeded(r) {
			return l.failure("execute", r)
		}
		if len(l.statement.columns()) == 0 {
			return nil
		}
		read, err := l.firstValue()
		answer = read
		return err
	})
	return answer, err
}

// settle finds out what has become of the transaction after a statement that
// has, or may have, ended it. The error stays, unless the connection is lost.
func (l *link) settle(sql string, err error) error {
	if l.lost {
		return err
	}
	l.dirty = l.dirty || err == nil && l.dialect.spoils != nil && l.dialect.spoils(sql)
	if l.marked {
		return l.settleByMark(err)
	}
	fate := l.dialect.after(sql, l.kind(err), err)
	switch {
	case fate == goesOn:
	case l.phase != begun && l.phase != aborted:
		l.dirty = l.dirty || err == nil && fate == doubtful // perhaps a BEGIN by hand
	case fate == failed:
		l.phase = aborted
	default:
		return l.doubt(err)
	}
	return err
}

// doubt asks the database whether the transaction is open or, if it cannot be
// asked, rolls it back, so that what State says is true.
func (l *link) doubt(err error) error {
	fate, unknown := doubtful, error(nil)
	if l.dialect.ask != nil {
		if query := l.dialect.ask(l.facts.dbms); query != "" {
			fate, unknown = l.dialect.isOpen(l.askBriefly(query))
		}
	}
	switch {
	case l.lost:
		return orElse(err, unknown)
	case fate == goesOn:
		l.phase = begun
		return err
	case fate == failed:
		l.phase = aborted
		return err
	case fate == doubtful:
		return l.discard(err)
	}
	l.phase = closed
	return err
}

// discard rolls back what is open, if anything is, after a transaction that is over.
func (l *link) discard(err error) error {
	if undone := l.rollBack(); undone != nil {
		return orElse(err, undone)
	}
	l.phase = closed
	return err
}

func (l *link) askBriefly(query string) (string, error) {
	fired := l.fired // that of the statement in doubt
	defer func() { l.fired = fired }()
	ctx, cancel := context.WithTimeout(context.Background(), l.worker.grace)
	defer cancel()
	return l.ask(ctx, query)
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
