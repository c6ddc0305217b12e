package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/session"
)

func engine(t testing.TB) *session.Engine {
	t.Helper()
	e, err := session.Open(t.Context(), dsn(t), session.Options{MaxConns: 2}, postgres.Driver)
	must(t, err)
	t.Cleanup(func() { must(t, e.Close(context.Background())) })
	return e
}

func opened(t testing.TB) *session.Session {
	t.Helper()
	s := engine(t).Session()
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func TestAStatementTakesAsManyArgumentsAsTheProtocolCounts(t *testing.T) {
	s := opened(t)
	args := make([]any, 65535)
	for i := range args {
		args[i] = i
	}
	sql := "select array_length(array[" + strings.TrimSuffix(strings.Repeat("?::int,", len(args)), ",") + "], 1)"
	n, err := session.One[int](t.Context(), s, sql, args...)
	must(t, err)
	if n != len(args) {
		t.Errorf("got %d", n)
	}
}

func TestARowMayHaveAsManyColumnsAsTheServerKnows(t *testing.T) {
	s := opened(t)
	var columns []string
	for i := range 1600 {
		columns = append(columns, fmt.Sprintf("%d as c%d", i, i))
	}
	for range 3 { // unprepared, described, prepared
		row, err := session.One[map[string]any](t.Context(), s, "select "+strings.Join(columns, ", "))
		must(t, err)
		if len(row) != 1600 || fmt.Sprint(row["c1599"]) != "1599" {
			t.Errorf("%d columns, the last is %v", len(row), row["c1599"])
		}
	}
}

func TestAFloodOfNoticesDoesNoHarm(t *testing.T) {
	s := opened(t)
	const flood = "do $$ begin for i in 1..20000 loop raise notice 'notice %', i; end loop; end $$"
	_, err := s.Exec(t.Context(), flood)
	must(t, err)
	_, err = s.Exec(t.Context(), flood)
	must(t, err)
	must(t, s.Commit(t.Context()))
}

func TestSeveralStatementsInOneTextAreRefusedClearly(t *testing.T) {
	s := opened(t)
	_, err := s.Exec(t.Context(), "select 1; select 2")
	wantCode(t, err, "42601")
	if session.KindOf(err) != session.KindSyntax {
		t.Errorf("error is %v", err)
	}
}

func TestAStatementOfNothingButACommentHasNoRows(t *testing.T) {
	s := opened(t)
	rows, err := s.Query(t.Context(), "-- nothing")
	must(t, err)
	if rows.Next() || rows.Close() != nil {
		t.Errorf("error %v", rows.Err())
	}
	must(t, s.Commit(t.Context()))
}

func TestCopyAsAStatementIsNeverSilentAboutItsData(t *testing.T) {
	name := table(t)
	p := open(t, dsn(t))
	c := acquire(t, p)
	_, _, err := run(c, begin(), query("copy (select 1) to stdout"))
	if err == nil || !strings.Contains(err.Error(), "native connection") {
		t.Errorf("error is %v", err)
	}
	mustRun(t, c, rollback())
	_, _, err = run(c, begin(), exec("copy "+name+" from stdin"))
	if err == nil || p.Classify(err).Kind == drivers.KindCancelled {
		t.Errorf("nobody cancelled: %v", err)
	}
	mustRun(t, c, rollback())
	_, values := mustRun(t, c, query("select $1::int + 18", 1))
	if fmt.Sprint(values) != "[19]" {
		t.Errorf("got %v", values)
	}
	// What follows in the same request makes the server lose its place.
	for _, next := range []drivers.Step{exec("select $1::int + 18", 1), exec("select $1::int + 19", 1)} {
		c = acquire(t, p)
		_, _, err = run(c, begin(), exec("copy "+name+" from stdin"), next)
		if err == nil || p.Classify(err).Kind == drivers.KindCancelled {
			t.Errorf("error is %v", err)
		}
		wantState(t, c, drivers.TxLost)
		c.Release()
	}
}

func TestNotificationsReachTheNativeConnectionWhileSessionsUseIt(t *testing.T) {
	e, admin := engine(t), connect(t)
	s := e.Session()
	defer s.Close()
	channel := table(t)
	must(t, session.Native(t.Context(), s, func(c *pgx.Conn) error {
		_, err := c.Exec(t.Context(), "listen "+channel)
		return err
	}))
	must(t, s.Commit(t.Context()))
	for i := range 5 {
		_, err := admin.Exec(t.Context(), "select pg_notify($1, $2)", channel, fmt.Sprint(i))
		must(t, err)
		_, err = session.One[int](t.Context(), s, "select ?::int", i)
		must(t, err)
		must(t, s.Commit(t.Context()))
	}
	must(t, session.Native(t.Context(), s, func(c *pgx.Conn) error {
		for i := range 5 {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			n, err := c.WaitForNotification(ctx)
			cancel()
			if err != nil || n.Payload != fmt.Sprint(i) {
				return fmt.Errorf("%d: %v, %w", i, n, err)
			}
		}
		_, err := c.Exec(t.Context(), "unlisten *")
		return err
	}))
	must(t, s.Commit(t.Context()))
	if n := e.Stats().Pool.Opened; n != 1 {
		t.Errorf("%d connections", n)
	}
}
