package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/internal/netproxy"
	"github.com/sqlscope/sqlscope/internal/testdsn"
)

// changing is a table with the row (1, 'one') that others change.
type changing struct {
	*testing.T
	name    string
	all     string
	columns int
}

func newChanging(t *testing.T) *changing {
	t.Helper()
	ch := &changing{T: t, name: table(t), columns: 2}
	ch.all = "select * from " + ch.name + " where id = $1"
	_, err := connect(t).Exec(t.Context(), "insert into "+ch.name+" values (1, 'one')")
	must(t, err)
	return ch
}

// warm runs the statements until they are prepared.
func (ch *changing) warm(c drivers.Conn, steps ...drivers.Step) {
	ch.Helper()
	for range 3 {
		mustRun(ch, c, begin())
		mustRun(ch, c, append(steps, rollback())...)
	}
}

func (ch *changing) addColumn() {
	ch.Helper()
	_, err := connect(ch).Exec(ch.Context(), fmt.Sprintf("alter table %s add c%d int", ch.name, ch.columns))
	must(ch, err)
	ch.columns++
}

// shows checks that the flight, which ends with a query of the row, works.
func (ch *changing) shows(c drivers.Conn, steps ...drivers.Step) {
	ch.Helper()
	if _, values := mustRun(ch, c, steps...); len(values) != ch.columns {
		ch.Errorf("got %v, want %d columns", values, ch.columns)
	}
}

// refused checks that the flight fails, its transaction too, as one that may be
// tried again.
func (ch *changing) refused(p drivers.Pool, c drivers.Conn, steps ...drivers.Step) {
	ch.Helper()
	_, _, err := run(c, steps...)
	if kind := p.Classify(err).Kind; kind != drivers.KindSerialization {
		ch.Fatalf("an error of kind %v: %v", kind, err)
	}
	wantState(ch, c, drivers.TxFailed)
	mustRun(ch, c, rollback())
}

func TestAStatementOutlivesAChangeOfItsTableInEveryMode(t *testing.T) {
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec"} {
		t.Run(mode, func(t *testing.T) {
			ch := newChanging(t)
			p := open(t, with(t, dsn(t), "default_query_exec_mode", mode))
			c, plain := acquire(t, p), "select * from "+ch.name
			ch.warm(c, exec(ch.all, 1))
			ch.addColumn()
			ch.shows(c, begin(), query(ch.all, 1))
			mustRun(t, c, commit())
			ch.addColumn()
			ch.shows(c, query(ch.all, 1))
			ch.warm(c, exec(plain))
			ch.addColumn()
			ch.shows(c, query(plain))
			ch.warm(c, exec(plain))
			ch.addColumn()
			mustRun(t, c, begin(), exec(plain), commit())
			ch.shows(c, begin(), query(plain))
			mustRun(t, c, rollback())
			ch.warm(c, exec(ch.all, 1))
			mustRun(t, c, begin(), exec("select 1"))
			ch.addColumn()
			if _, _, err := run(c, query(ch.all, 1)); err != nil {
				if kind := p.Classify(err).Kind; kind != drivers.KindSerialization {
					t.Errorf("an error of kind %v: %v", kind, err)
				}
			}
			mustRun(t, c, rollback())
			ch.shows(c, begin(), query(ch.all, 1))
			mustRun(t, c, rollback())
		})
	}
}

func TestAStatementOutlivesAChangeOfItsTableBehindAPooler(t *testing.T) {
	ch := newChanging(t)
	dsn := testdsn.Pooler(t, with(t, dsn(t), "sslmode", "disable"), "transaction")
	c := acquire(t, open(t, with(t, dsn, "default_query_exec_mode", "cache_describe")))
	ch.warm(c, exec(ch.all, 1))
	ch.addColumn()
	ch.shows(c, begin(), query(ch.all, 1))
	mustRun(t, c, commit())
	ch.addColumn()
	ch.shows(c, query(ch.all, 1))
}

func TestAFlightThatStartsOverRunsOnce(t *testing.T) {
	ch := newChanging(t)
	c := acquire(t, open(t, dsn(t)))
	insert := "insert into " + ch.name + " (id) values ($1) returning *"
	many := drivers.Step{Op: drivers.OpExecMany, SQL: insert, Many: [][]any{{3}, {4}, {5}}}
	ch.warm(c, exec(insert, 2))
	ch.addColumn()
	f, _ := mustRun(t, c, begin(), exec(insert, 2), commit())
	if n := f.Steps[1].Result.RowsAffected; n != 1 {
		t.Errorf("%d rows", n)
	}
	ch.warm(c, many)
	ch.addColumn()
	f, _ = mustRun(t, c, begin(), many, commit())
	if n := f.Steps[1].Result.RowsAffected; n != 3 {
		t.Errorf("%d rows", n)
	}
	ch.warm(c, exec(insert, 7))
	ch.addColumn()
	mustRun(t, c, exec(insert, 6), exec(insert, 7), exec("select 1"))
	_, values := mustRun(t, c, query("select string_agg(id::text, ' ' order by id) from "+ch.name))
	if fmt.Sprint(values) != "[1 2 3 4 5 6 7]" {
		t.Errorf("rows %v", values)
	}
}

// Sequences keep what was taken from them, whatever becomes of the transaction.
func TestAStatementThatHasRunIsNotRunAgainForTheSakeOfAnother(t *testing.T) {
	ch := newChanging(t)
	p := open(t, dsn(t))
	c := acquire(t, p)
	next := "select nextval($1::text::regclass)"
	seq := ch.name + "_seq"
	mustRun(t, c, exec("create sequence "+seq+" owned by "+ch.name+".id"))
	ch.warm(c, exec(ch.all, 1))
	ch.warm(c, exec(next, seq))
	ch.addColumn()
	ch.refused(p, c, begin(), exec(next, seq), query(ch.all, 1))
	_, values := mustRun(t, c, query("select last_value from "+seq))
	if fmt.Sprint(values) != "[4]" {
		t.Errorf("the last value is %v", values)
	}
}

func TestAChangeInTheMiddleOfATransactionFailsNoMoreThanItMust(t *testing.T) {
	ch := newChanging(t)
	p := open(t, dsn(t))
	c := acquire(t, p)
	insert := exec("insert into born values ($1)", 7)
	open, release := savepoint(drivers.OpSavepoint, "sp_1"), savepoint(drivers.OpRelease, "sp_1")
	mustRun(t, c, exec("create temp table born (id int)"))
	warm := func() { ch.Helper(); ch.warm(c, exec(ch.all, 1)); mustRun(t, c, begin(), insert); ch.addColumn() }

	warm()
	ch.refused(p, c, query(ch.all, 1))
	warm()
	ch.refused(p, c, open, release, query(ch.all, 1))
	warm()
	ch.shows(c, open, query(ch.all, 1))
	wantState(t, c, drivers.TxActive)
	_, values := mustRun(t, c, release, query("select count(*) + $1 from born", 0))
	if fmt.Sprint(values) != "[1]" {
		t.Errorf("%v rows are there from before the savepoint", values)
	}
	mustRun(t, c, rollback())
}

func TestWhatOneConnectionFindsOutTheOthersNeedNot(t *testing.T) {
	ch := newChanging(t)
	p := open(t, dsn(t))
	one, other := acquire(t, p), acquire(t, p)
	ch.warm(one, exec(ch.all, 1))
	ch.warm(other, exec(ch.all, 1))
	mustRun(t, other, begin(), exec("select 1"))
	ch.addColumn()
	ch.shows(one, query(ch.all, 1))
	ch.shows(other, query(ch.all, 1))
	mustRun(t, other, commit())
}

func TestAFlightThatStartsOverTakesThreeRoundTripsMore(t *testing.T) {
	ch := newChanging(t)
	proxy, dsn := proxied(t)
	c := acquire(t, open(t, dsn))
	ch.warm(c, exec(ch.all, 1))
	ch.addColumn()
	for _, trips := range []int64{4, 1} {
		before := proxy.RoundTrips()
		ch.shows(c, begin(), query(ch.all, 1))
		if n := proxy.RoundTrips() - before; n != trips {
			t.Errorf("%d round trips, want %d", n, trips)
		}
		mustRun(t, c, rollback())
	}
}

// stale is what the server says, in Russian.
func stale() pgproto3.BackendMessage {
	e := inRussian("ERROR", "0A000").(*pgproto3.ErrorResponse)
	e.Message, e.Routine = "в кешированном плане не должен изменяться тип результата", "RevalidateCachedQuery"
	return e
}

// A server that never comes to an end of it is asked twice.
func TestAFlightStartsOverOnceWhateverTheServersLanguage(t *testing.T) {
	described := []pgproto3.BackendMessage{&pgproto3.ParameterDescription{ParameterOIDs: []uint32{25}},
		&pgproto3.NoData{}}
	p := open(t, play(t, []reply{
		says(append(described, ready('I'))...),
		says(&pgproto3.BindComplete{}, done("SELECT 1"), ready('I')),
		says(&pgproto3.BindComplete{}, done("BEGIN"), stale(), ready('E')),
		says(&pgproto3.BindComplete{}, done("ROLLBACK"), ready('I')),
		says(append([]pgproto3.BackendMessage{&pgproto3.BindComplete{}, done("BEGIN")},
			append(described, ready('T'))...)...),
		says(stale(), ready('E')),
	}))
	c := acquire(t, p)
	mustRun(t, c, exec("select $1", "a"))
	f, _, err := run(c, begin(), exec("select $1", "a"))
	wantCode(t, err, "0A000")
	wantState(t, c, drivers.TxFailed)
	if kind := p.Classify(err).Kind; kind != drivers.KindSerialization || f.Sent != 2 || f.Done != 1 {
		t.Errorf("kind %v, sent %d, done %d", kind, f.Sent, f.Done)
	}
}

// A statement may run others, which were prepared in SQL: what these say comes too
// late to run it again.
func TestAStatementThatWasBoundIsNotStartedOver(t *testing.T) {
	p := open(t, play(t, []reply{
		says(&pgproto3.BindComplete{}, done("BEGIN"), &pgproto3.BindComplete{}, stale(), ready('E')),
	}))
	c := acquire(t, p)
	_, _, err := run(c, begin(), exec("select f()"))
	wantCode(t, err, "0A000")
	wantState(t, c, drivers.TxFailed)
}

func TestAConnectionLostWhileAFlightStartsOverIsALoss(t *testing.T) {
	ch := newChanging(t)
	proxy, dsn := proxied(t)
	p := open(t, dsn)
	c := acquire(t, p)
	ch.warm(c, exec(ch.all, 1))
	ch.addColumn()
	cut := proxy.CutNext(netproxy.During, func(b []byte) bool {
		return bytes.Contains(b, []byte("rollback"))
	})
	_, _, err := run(c, begin(), query(ch.all, 1))
	<-cut
	if kind := p.Classify(err).Kind; kind != drivers.KindConnLost {
		t.Errorf("kind %v: %v", kind, err)
	}
	wantState(t, c, drivers.TxLost)
}

// ender ends a context when a statement has failed.
type ender struct{ cancel func() }

func (e *ender) TraceQueryStart(ctx context.Context, _ *pgx.Conn,
	_ pgx.TraceQueryStartData) context.Context {
	return ctx
}

func (e *ender) TraceQueryEnd(_ context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	if data.Err != nil {
		e.cancel()
	}
}

func TestAFlightWhoseContextEndsDoesNotStartOver(t *testing.T) {
	ch := newChanging(t)
	ctx, cancel := context.WithCancel(t.Context())
	c := acquire(t, postgres.Adopt(userPool(t, func(cfg *pgxpool.Config) {
		cfg.ConnConfig.Tracer = &ender{cancel}
	})))
	insert := "insert into " + ch.name + " (id) values ($1) returning *"
	ch.warm(c, exec(insert, 2))
	ch.addColumn()
	_, _, err := runIn(ctx, c, begin(), exec(insert, 2), commit())
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	_, _, err = run(c, rollback()) // there may be nothing to roll back any more
	must(t, err)
	_, values := mustRun(t, c, query("select count(*) from "+ch.name))
	if fmt.Sprint(values) != "[1]" {
		t.Errorf("%v rows", values)
	}
}
