//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/drivertest"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/session"
)

// genericPool treats Postgres as a database that nobody knows.
func genericPool(t testing.TB) *pool {
	t.Helper()
	u, err := url.Parse(testdsn.Get(t, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	s, err := parseSettings("Driver={PostgreSQL Unicode};Server=" + u.Hostname() + ";Port=" + u.Port() + ";Database=" +
		strings.TrimPrefix(u.Path, "/") + ";Uid=" + u.User.Username() + ";Pwd={" + password +
		"};UseServerSidePrepare=0;Protocol=7.4-0;SSLMode=disable")
	if err != nil {
		t.Fatal(err)
	}
	p := &pool{done: make(chan struct{})}
	if err := p.opts.complete(); err != nil {
		t.Fatal(err)
	}
	if p.env, err = newEnvironment(); err != nil {
		t.Fatal(err)
	}
	p.dialect = generic(traits{txn: txnAll, isolations: isolationsOf(readCommitted | serializable)})
	if err := p.start(s); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

func runSteps(t *testing.T, c drivers.Conn, steps ...drivers.Step) (value any, err error) {
	t.Helper()
	rows, err := c.Run(t.Context(), &drivers.Flight{Steps: steps})
	if rows == nil {
		return nil, err
	}
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			t.Fatal(err)
		}
		value = values[0]
	}
	return value, rows.Close()
}

func TestADatabaseThatIsNotKnownHasTransactionsAndIsolation(t *testing.T) {
	p := genericPool(t)
	if d := p.Describe(); d.Driver != "odbc/generic" || d.Capabilities.Savepoints || !d.Capabilities.TransactionalDDL ||
		len(d.Capabilities.Isolation) != 2 {
		t.Errorf("it is %+v", d)
	}
	c, err := p.Acquire(t.Context(), drivers.Need{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	level := drivers.Step{Op: drivers.OpQuery, SQL: "SHOW transaction_isolation"}
	end := drivers.Step{Op: drivers.OpRollback}
	for _, want := range []drivers.Isolation{drivers.Serializable, drivers.DefaultIsolation, drivers.ReadCommitted} {
		begin := drivers.Step{Op: drivers.OpBegin, Tx: &drivers.TxOptions{Isolation: want}}
		got, err := runSteps(t, c, begin, level)
		if want == drivers.DefaultIsolation {
			want = drivers.ReadCommitted
		}
		if err != nil || got != want.String() {
			t.Errorf("the level is %v, want %v, error %v", got, want, err)
		}
		if _, err := runSteps(t, c, end); err != nil {
			t.Error(err)
		}
	}
}

// Nobody says whether an unknown database's transaction goes on after an error,
// so it is rolled back, and the state says so.
func TestAnErrorOnADatabaseThatIsNotKnownEndsTheTransaction(t *testing.T) {
	c, err := genericPool(t).Acquire(t.Context(), drivers.Need{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	made := drivers.Step{Op: drivers.OpExec, SQL: "CREATE TABLE odbc_generic (id INT)"}
	bad := drivers.Step{Op: drivers.OpExec, SQL: "SELEC 1"}
	_, err = runSteps(t, c, drivers.Step{Op: drivers.OpBegin}, made, bad)
	if err == nil || c.State() != drivers.TxIdle {
		t.Errorf("state %v, error %v", c.State(), err)
	}
	got, err := runSteps(t, c, drivers.Step{Op: drivers.OpQuery,
		SQL: "SELECT count(*) FROM pg_class WHERE relname = ?", Args: []any{"odbc_generic"}})
	if err != nil || got != int64(0) {
		t.Errorf("the table is there: %v, error %v", got, err)
	}
}

// An unknown database's lock is a lease in a table, in SQL that every database knows.
func TestTheLocksOfAnUnknownDatabaseAreLeases(t *testing.T) {
	h := drivertest.Harness{Open: genericEngine, Known: map[string]string{
		"A RunSync without a transaction has transactions of its own": "what SQLSTATEs beyond the standard " +
			"mean is not known of it"}}
	for _, c := range drivertest.LockCases() {
		t.Run(c.Name, func(t *testing.T) { c.Test(t, h) })
	}
}

func genericEngine(t testing.TB, opts session.Options) *session.Engine {
	t.Helper()
	e, err := session.New(genericPool(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return e
}

func TestTheTableOfLeasesOfAnUnknownDatabaseIsMade(t *testing.T) {
	e, table := genericEngine(t, session.Options{}), "odbc_lease_"+strings.ToLower(rand.Text()[:8])
	opts := session.SyncOptions{LeaseTable: table}
	if who, err := e.SyncHolder(t.Context(), "x", opts); who != nil || err != nil {
		t.Fatalf("before there is a table the holder is %+v, %v", who, err)
	}
	err := e.RunSync(t.Context(), "x", func(ctx context.Context, c *session.SyncConn) error {
		who, err := e.SyncHolder(ctx, "x", opts)
		if who == nil || who.Connection == "" {
			t.Errorf("inside the holder is %+v, %v", who, err)
		}
		return nil
	}, opts)
	if err != nil {
		t.Fatal(err)
	}
	err = e.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "DROP TABLE "+table)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
