//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"
	"time"

	"github.com/alexbrainman/odbc/api"

	"github.com/sqlscope/sqlscope/drivers"
	known "github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// phase is what a connection is used for.
type phase uint8

const (
	plain   phase = iota // every statement is a transaction of its own
	begun                // in a transaction that OpBegin began
	aborted              // in one that takes nothing but a rollback
	closed               // in one that has ended by itself
)

// link is a connection as the pool keeps it.
//
// Its jobs run on the worker while the goroutine that uses the connection waits.
// One that was given up runs on alone: so a job writes to nothing that anybody
// but itself reads, unless it has returned.
type link struct {
	// The worker's own.
	dbc       api.SQLHDBC
	connected bool
	statement *statement
	aside     api.SQLHSTMT // what SQLCancel is called on
	params    *parameters

	worker     *worker
	pool       *pool
	connString secret
	dialect    *dialect
	facts      facts
	socket     socket

	auto    bool   // autocommit is on
	session string // the settings of the connection that a transaction asked for
	level   drivers.Isolation
	// announced: options have been sent for a transaction that has not ended.
	announced bool

	generation uint64 // of the pool, for the loan

	phase  phase
	marked bool // the running statement is behind a mark
	lost   bool
	gone   bool // the worker was left to itself
	dirty  bool // it works, and is not worth keeping
	fired  bool // the context of the last call has ended before it

	limit   time.Duration // StatementTimeout of the transaction
	started time.Time     // of the running statement, if there is a limit

	args []any   // of the steps of the running flight, converted
	sql  sqlText // the running statement
	rows *rows   // open; nil otherwise

	latch *known.Latch // the lock beside the database; nil until it is asked for
}

// facts are what a connection's driver says of itself and the database.
type facts struct {
	dbms    string // SQL_DBMS_NAME
	driver  string // SQL_DRIVER_NAME
	version string // SQL_DBMS_VER
	getData uint32 // SQL_GETDATA_EXTENSIONS
	level   uint32 // SQL_DEFAULT_TXN_ISOLATION
	levels  uint32 // SQL_TXN_ISOLATION_OPTION
	txn     uint16 // SQL_TXN_CAPABLE
}

// do has the worker do a job, and makes of its error what the caller gets.
func (l *link) do(ctx context.Context, cancel bool, job func() error) error {
	if l.gone {
		return &lostError{errDead}
	}
	fired, err := l.worker.call(ctx, l.worker.grace, cancel, job)
	l.fired = fired
	switch {
	case err == nil:
		return nil
	case wasAbandoned(err):
		l.lost, l.gone = true, true
	case isLost(err), l.kind(err) == drivers.KindConnLost:
		err = l.lose(err)
	}
	switch {
	case fired && (l.lost || cancel):
		// Whatever the error is: SQLCancel takes the driver manager's records with it.
		return &cancelError{ctx.Err(), err}
	case l.overLimit(err):
		return &limitError{err}
	}
	return err
}

// briefly is do for what must not depend on the caller's context.
func (l *link) briefly(job func() error) error {
	ctx, cancel := context.WithTimeout(context.Background(), l.worker.grace)
	defer cancel()
	return l.do(ctx, true, job)
}

func (l *link) kind(err error) drivers.Kind { return l.dialect.classify(err).Kind }

// overLimit reports whether the transaction's StatementTimeout may be the reason
// of an error. Some databases have one code for it and for a cancellation.
func (l *link) overLimit(err error) bool {
	return l.dialect.oneCode && l.limit > 0 && !l.fired && l.kind(err) == drivers.KindCancelled &&
		time.Since(l.started) >= l.limit
}

// lose gives the connection up. Others of its age are probably dead as well.
func (l *link) lose(err error) error {
	if !l.lost && !l.fired && l.generation != noGeneration {
		l.pool.conns.Invalidate(l.generation)
	}
	l.lost = true
	if isLost(err) {
		return err
	}
	return &lostError{err}
}

// noGeneration is that of a connection that is not the pool's yet.
const noGeneration = ^uint64(0)

// failure is for jobs: the reason of a call on the statement that has failed.
func (l *link) failure(op string, r api.SQLRETURN) error {
	return l.deadOr(diagnose(op, r, api.SQL_HANDLE_STMT, api.SQLHANDLE(l.statement.handle())))
}

// failureOfConn is failure for a call on the connection.
func (l *link) failureOfConn(op string, r api.SQLRETURN) error {
	return l.deadOr(diagnose(op, r, api.SQL_HANDLE_DBC, api.SQLHANDLE(l.dbc)))
}

func (l *link) deadOr(err error) error {
	if isDead(l.dbc) {
		return &lostError{err}
	}
	return err
}

// there fails when the connection is known to be dead, from what can be seen
// without asking the server. What looks suspicious is pinged.
func (l *link) there(ctx context.Context) error {
	if l.socket.silent() {
		return nil
	}
	return l.ping(ctx)
}

// ping asks the server for an answer.
func (l *link) ping(ctx context.Context) error {
	if l.dialect.ping == "" {
		return nil
	}
	if l.dialect.pingAlone && l.phase != begun {
		if err := l.setAuto(ctx, true); err != nil {
			return err
		}
	}
	_, err := l.ask(ctx, l.dialect.ping)
	return err
}

// state is the state of the transaction.
func (l *link) state() drivers.TxState {
	if l.lost {
		return drivers.TxLost
	}
	return phaseStates[l.phase]
}

var phaseStates = map[phase]drivers.TxState{begun: drivers.TxActive, aborted: drivers.TxFailed}

// close is for the pool, which calls it on a goroutine of its own.
func (l *link) close() {
	if !l.gone {
		l.worker.retire()
	}
}

// clean is the worker's last deed.
func (l *link) clean() {
	if l.statement != nil {
		l.worker.hold(nil)
		if l.aside != l.statement.handle() {
			free(api.SQL_HANDLE_STMT, api.SQLHANDLE(l.aside))
		}
		free(api.SQL_HANDLE_STMT, api.SQLHANDLE(l.statement.handle()))
		l.statement.free()
	}
	if l.connected {
		// A transaction that is open would keep the driver manager from disconnecting.
		if r := api.SQLDisconnect(l.dbc); !succeeded(r) {
			api.SQLEndTran(api.SQL_HANDLE_DBC, api.SQLHANDLE(l.dbc), api.SQL_ROLLBACK)
			api.SQLDisconnect(l.dbc)
		}
	}
	free(api.SQL_HANDLE_DBC, api.SQLHANDLE(l.dbc))
	l.params.memory.free()
}
