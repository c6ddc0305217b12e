package mysql_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	gomysql "github.com/go-sql-driver/mysql"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/session"
)

const (
	cancelledRequests = 200
	cancelConns       = 4 // of the pool; as many again may be opened to send KILLs
)

func TestManyRequestsThatAreCancelledInAStatementOpenAFewConnections(t *testing.T) {
	proxy, url := proxied(t)
	e, err := session.Open(t.Context(), url, session.Options{MaxConns: cancelConns}, mysql.Driver)
	must(t, err)
	name, watch := items(t), library(t)
	each := make(chan int)
	var all sync.WaitGroup
	for range cancelConns {
		all.Go(func() {
			for id := range each {
				cancelInside(t, e, watch, name, id)
			}
		})
	}
	for id := range cancelledRequests {
		each <- id
	}
	close(each)
	all.Wait()
	opened := proxy.Connections()
	t.Logf("%d cancelled requests opened %d connections", cancelledRequests, opened)
	if opened > 2*cancelConns {
		t.Errorf("%d connections were opened, want at most %d", opened, 2*cancelConns)
	}
	if n := running(t.Context(), t, watch, "/* "+name); n != 0 {
		t.Errorf("%d statements go on on the server", n)
	}
	wantCount(t, name, 0)
	must(t, e.Close(context.Background()))
}

// library is a pool of the library's, to watch the server with.
func library(t testing.TB) *sql.DB {
	t.Helper()
	connector, err := gomysql.NewConnector(libraryConfig(t, dsn(t)))
	must(t, err)
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// cancelInside runs a request that writes and then counts for minutes, and
// cancels it when the server says that it does.
func cancelInside(t *testing.T, e *session.Engine, watch *sql.DB, table string, id int) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	mark := fmt.Sprintf("/* %s %d */", table, id)
	var seen sync.WaitGroup
	seen.Go(func() {
		defer cancel()
		for running(ctx, t, watch, mark) == 0 {
		}
	})
	defer seen.Wait()
	err := e.Do(ctx, func(ctx context.Context, s *session.Session) error {
		if _, err := s.Exec(ctx, "INSERT INTO "+table+" VALUES (?, 1)", id); err != nil {
			return err
		}
		_, err := s.Exec(ctx, mark+endless)
		return err
	})
	if kind := session.KindOf(err); !errors.Is(err, context.Canceled) || kind != session.KindCancelled {
		t.Errorf("request %d: error %v of kind %v", id, err, kind)
	}
}

// running counts the statements on the server that have a text in them.
func running(ctx context.Context, t *testing.T, watch *sql.DB, text string) (n int) {
	err := watch.QueryRowContext(ctx, "SELECT count(*) FROM information_schema.processlist "+
		"WHERE id <> connection_id() AND info LIKE concat('%', ?, '%')", text).Scan(&n)
	if err != nil {
		t.Errorf("the process list: %v", err)
		return -1
	}
	return n
}

// A server or a firewall may close a connection that waits for the next KILL.
func TestAConnectionForKillsThatHasDiedIsReplaced(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	own := oneOf(t, c, "SELECT connection_id()")
	admin := connect(t)
	for range 2 {
		mustRun(t, c, begin)
		ctx := soon(t, 20*time.Millisecond)
		_, _, err := runIn(ctx, c, query(endless))
		wantCancelled(ctx, t, err)
		mustRun(t, c, rollback)
		ids, err := others(t.Context(), admin)
		must(t, err)
		for _, id := range ids {
			if id != own {
				_, _ = admin.ExecContext(t.Context(), "KILL CONNECTION "+id)
			}
		}
	}
	if s := p.Stats(); s.Opened != 1 {
		t.Errorf("%d connections were opened, want the one that was cancelled", s.Opened)
	}
}

func oneOf(t *testing.T, c drivers.Conn, sql string) string {
	t.Helper()
	_, values := mustRun(t, c, query(sql))
	return fmt.Sprint(values[0])
}
