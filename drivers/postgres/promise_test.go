package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/session"
)

const requests = 200

// crowd is an engine of four connections and a connection aside that counts.
type crowd struct {
	*testing.T
	db    *session.Engine
	name  string
	admin *pgx.Conn
}

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	c := &crowd{T: t, name: "sqlscope-" + t.Name(), admin: connect(t)}
	c.name = c.name[:min(len(c.name), 63)]
	db, err := session.Open(t.Context(), with(t, dsn(t), "application_name", c.name),
		session.Options{MaxConns: 4}, postgres.Driver)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close(context.Background())) })
	c.db = db
	return c
}

// request runs fn as a request whose context ends when fn calls cancel.
func (c *crowd) request(fn func(ctx context.Context, s *session.Session, cancel func()) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	return c.db.Do(ctx, func(ctx context.Context, s *session.Session) error { return fn(ctx, s, cancel) })
}

// storm sends all requests at once and checks that each was cancelled.
func (c *crowd) storm(fn func(ctx context.Context, s *session.Session, cancel func()) error) {
	c.Helper()
	var all sync.WaitGroup
	for range requests {
		all.Go(func() {
			if err := c.request(fn); !errors.Is(err, context.Canceled) {
				c.Errorf("error is %v", err)
			}
		})
	}
	all.Wait()
}

// count is a number from the server, such as that of its backends for us.
func (c *crowd) count(what string) (n int) {
	c.Helper()
	sql := "select count(*) from pg_stat_activity where application_name = $1 and " + what
	must(c, c.admin.QueryRow(context.Background(), sql, c.name).Scan(&n))
	return n
}

// check is what must hold after a storm.
func (c *crowd) check(most int64) {
	c.Helper()
	if n := c.db.Stats().Pool.Opened; n > most {
		c.Errorf("%d connections were opened, at most %d may be", n, most)
	}
	arrives(c, func() bool { return c.db.Stats().InUse == 0 })
	arrives(c, func() bool { return c.count("state <> 'idle'") == 0 })
	if n := c.count("true"); n > 4 {
		c.Errorf("the server has %d connections", n)
	}
	for range 20 { // none of them is hit by a cancellation that comes late
		must(c, c.db.Do(context.Background(), func(ctx context.Context, s *session.Session) error {
			_, err := s.Exec(ctx, "select ?::int", 1)
			return err
		}))
	}
}

func TestRequestsCancelledBetweenStatementsCostNoConnection(t *testing.T) {
	c := newCrowd(t)
	c.storm(func(ctx context.Context, s *session.Session, cancel func()) error {
		if _, err := s.Exec(ctx, "select ?::int", 1); err != nil {
			return fmt.Errorf("before it was cancelled: %w", err)
		}
		cancel()
		_, err := s.Exec(ctx, "select ?::int", 2)
		return err
	})
	c.check(4)
}

func TestRequestsCancelledInsideAStatementCostHardlyAConnection(t *testing.T) {
	c := newCrowd(t)
	c.storm(func(ctx context.Context, s *session.Session, cancel func()) error {
		if _, err := s.Exec(ctx, "select ?::int", 1); err != nil {
			return fmt.Errorf("before it was cancelled: %w", err)
		}
		time.AfterFunc(5*time.Millisecond, cancel)
		_, err := s.Exec(ctx, "select pg_sleep(30)")
		return err
	})
	c.check(8)
}
