package postgres_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/postgres"
)

func TestErrorsAreClassified(t *testing.T) {
	p, err := postgres.Driver.Open(t.Context(), drivers.Config{URL: "postgres://h/db"})
	must(t, err)
	defer p.Close(t.Context())
	coded := func(code string) error { return &pgconn.PgError{Code: code} }
	timeout := &pgconn.PgError{Code: "57014", Message: "canceling statement due to statement timeout"}
	for _, c := range []struct {
		err  error
		kind drivers.Kind
	}{
		{coded("23505"), drivers.KindUnique}, {coded("23P01"), drivers.KindUnique},
		{coded("23503"), drivers.KindForeignKey}, {coded("23001"), drivers.KindForeignKey},
		{coded("23502"), drivers.KindNotNull}, {coded("23514"), drivers.KindCheck},
		{coded("40001"), drivers.KindSerialization}, {coded("40P01"), drivers.KindDeadlock},
		{coded("40003"), drivers.KindOutcomeUnknown}, {coded("08007"), drivers.KindOutcomeUnknown},
		{coded("XXA00"), drivers.KindOutcomeUnknown}, {coded("40002"), drivers.KindCheck},
		{coded("55P03"), drivers.KindLockTimeout}, {coded("57014"), drivers.KindCancelled},
		{timeout, drivers.KindStatementTimeout}, {coded("25006"), drivers.KindReadOnly},
		{coded("25P02"), drivers.KindTxAborted}, {coded("22001"), drivers.KindData},
		{coded("42601"), drivers.KindSyntax}, {coded("42501"), drivers.KindPermission},
		{coded("53300"), drivers.KindResource}, {coded("08006"), drivers.KindConnLost},
		{coded("22003"), drivers.KindData}, {coded("08000"), drivers.KindConnLost},
		{coded("08001"), drivers.KindConnLost}, {coded("08003"), drivers.KindConnLost},
		{coded("08004"), drivers.KindConnLost}, {coded("57P02"), drivers.KindConnLost},
		{coded("57P03"), drivers.KindConnLost}, {io.EOF, drivers.KindConnLost},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, drivers.KindConnLost},
		{coded("57P01"), drivers.KindConnLost}, {coded("P0001"), drivers.KindUnknown},
		{io.ErrUnexpectedEOF, drivers.KindConnLost}, {pgconn.ErrConnClosed, drivers.KindConnLost},
		{context.Canceled, drivers.KindCancelled}, {context.DeadlineExceeded, drivers.KindCancelled},
		{fmt.Errorf("around: %w", coded("23505")), drivers.KindUnique},
		{fmt.Errorf("anything"), drivers.KindUnknown}, {nil, drivers.KindUnknown},
	} {
		if got := p.Classify(c.err).Kind; got != c.kind {
			t.Errorf("%v is %v, want %v", c.err, got, c.kind)
		}
	}
}

func TestAFaultNamesConstraintTableAndColumn(t *testing.T) {
	name := table(t)
	p := open(t, dsn(t))
	c := acquire(t, p)
	insert := "insert into " + name + " values ($1, $2)"
	mustRun(t, c, exec(insert, 1, "a"))
	_, _, err := run(c, exec(insert, 1, "b"))
	if f := p.Classify(err); f.Constraint != name+"_pkey" || f.Table != name {
		t.Errorf("fault is %+v", f)
	}
	_, _, err = run(c, exec(insert, 2, nil))
	if f := p.Classify(err); f.Kind != drivers.KindNotNull || f.Column != "name" || f.Code != "23502" {
		t.Errorf("fault is %+v", f)
	}
}

func TestTransactionOptionsReachTheServer(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	options := &drivers.TxOptions{Isolation: drivers.Serializable, ReadOnly: true, Deferrable: true,
		StatementTimeout: 40e6, LockTimeout: 1500e6}
	_, values := mustRun(t, c, drivers.Step{Op: drivers.OpBegin, Tx: options}, query(
		"select current_setting(n) from unnest(array['transaction_isolation','transaction_read_only',"+
			"'transaction_deferrable','statement_timeout','lock_timeout']) n"))
	if got := fmt.Sprint(values); got != "[serializable on on 40ms 1500ms]" {
		t.Errorf("got %v", got)
	}
	_, _, err := run(c, exec("select pg_sleep(2)"))
	if kind := p.Classify(err).Kind; kind != drivers.KindStatementTimeout {
		t.Errorf("kind %v of %v", kind, err)
	}
	mustRun(t, c, rollback())
	_, values = mustRun(t, c, begin(), query("show statement_timeout"))
	if fmt.Sprint(values) != "[0]" {
		t.Errorf("the timeout stayed: %v", values)
	}
	mustRun(t, c, rollback())
}
