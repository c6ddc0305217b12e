package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlscope/sqlscope/drivers"
)

// wantFault checks what the server said, and what it is taken for. Where versions
// differ there are two codes.
func wantFault(t *testing.T, p drivers.Pool, err error, kind drivers.Kind, codes ...string) {
	t.Helper()
	server, ok := errors.AsType[*pgconn.PgError](err)
	f := p.Classify(err)
	for _, code := range codes {
		if ok && server.Code == code && f.Code == code && f.Kind == kind {
			return
		}
	}
	t.Errorf("want %v %v, got %+v of %v", codes, kind, f, err)
}

func TestErrorsOfARealServerHaveTheirKinds(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	mustRun(t, c, begin(), exec("create temp table parent (id int primary key, name varchar(3) not null, "+
		"small smallint, at int4range, check (id > 0), exclude using gist (at with &&)) on commit drop"),
		exec("create temp table child (id int references parent on delete restrict) on commit drop"),
		exec("insert into parent values (1, 'a', 1, '[1,5]')"), exec("insert into child values (1)"))
	for sql, want := range map[string]struct {
		kind  drivers.Kind
		codes []string
	}{
		"insert into parent values (1, 'a')":             {drivers.KindUnique, []string{"23505"}},
		"insert into parent values (2, 'a', 1, '[5,9]')": {drivers.KindUnique, []string{"23P01"}},
		"insert into child values (7)":                   {drivers.KindForeignKey, []string{"23503"}},
		// 23001 from 18 on, 23503 before
		"delete from parent":                                      {drivers.KindForeignKey, []string{"23001", "23503"}},
		"insert into parent values (3, null)":                     {drivers.KindNotNull, []string{"23502"}},
		"insert into parent values (0, 'a')":                      {drivers.KindCheck, []string{"23514"}},
		"insert into parent values (3, 'long')":                   {drivers.KindData, []string{"22001"}},
		"insert into parent values (3, 'a', 100000)":              {drivers.KindData, []string{"22003"}},
		"do $$ begin perform pg_sleep(9); end $$":                 {drivers.KindStatementTimeout, []string{"57014"}},
		"select pg_cancel_backend(pg_backend_pid()), pg_sleep(5)": {drivers.KindCancelled, []string{"57014"}},
	} {
		mustRun(t, c, drivers.Step{Op: drivers.OpSavepoint, Name: "sp"}, exec("set local statement_timeout = 500"))
		_, _, err := run(c, exec(sql))
		wantFault(t, p, err, want.kind, want.codes...)
		_, _, err = run(c, exec("select 1"))
		wantFault(t, p, err, drivers.KindTxAborted, "25P02")
		mustRun(t, c, drivers.Step{Op: drivers.OpRollbackTo, Name: "sp"})
	}
	mustRun(t, c, rollback())
}

func TestErrorsOfTransactionsThatMeetHaveTheirKinds(t *testing.T) {
	p := open(t, dsn(t))
	a, b := acquire(t, p), acquire(t, p)
	name := table(t)
	mustRun(t, a, exec("insert into "+name+" values (1, 'a'), (2, 'b')"))
	update := func(id int) drivers.Step { return exec("update "+name+" set name = 'c' where id = $1", id) }
	start := func(o drivers.TxOptions) drivers.Step { return drivers.Step{Op: drivers.OpBegin, Tx: &o} }

	mustRun(t, a, start(drivers.TxOptions{Isolation: drivers.RepeatableRead}), query("select id from "+name))
	mustRun(t, b, update(1))
	_, _, err := run(a, update(1))
	wantFault(t, p, err, drivers.KindSerialization, "40001")
	mustRun(t, a, rollback())

	_, _, err = run(a, start(drivers.TxOptions{ReadOnly: true}), update(1))
	wantFault(t, p, err, drivers.KindReadOnly, "25006")
	mustRun(t, a, rollback())

	mustRun(t, a, begin(), update(1))
	_, _, err = run(b, start(drivers.TxOptions{LockTimeout: 50 * time.Millisecond}), update(1))
	wantFault(t, p, err, drivers.KindLockTimeout, "55P03")
	mustRun(t, b, rollback())
	mustRun(t, b, begin(), update(2))
	other := make(chan error, 1)
	go func() { _, _, err := run(b, update(1)); other <- err }()
	_, _, err = run(a, update(2))
	if theirs := <-other; err == nil {
		err = theirs
	}
	wantFault(t, p, err, drivers.KindDeadlock, "40P01")
	mustRun(t, a, rollback())
	mustRun(t, b, rollback())
}

func TestABackendThatIsTerminatedInAStatementIsALostConnection(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	_, _, err := run(c, exec("select pg_terminate_backend(pg_backend_pid()), pg_sleep(5)"))
	wantFault(t, p, err, drivers.KindConnLost, "57P01")
	wantState(t, c, drivers.TxLost)
}
