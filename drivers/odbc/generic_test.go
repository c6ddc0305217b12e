//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/testdsn"
)

// genericPool treats Postgres as a database that nobody knows.
func genericPool(t *testing.T) *pool {
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
