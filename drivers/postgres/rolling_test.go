package postgres_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/session"
)

// service runs requests of one statement each, on more goroutines than it has
// connections.
type service struct {
	*testing.T
	db      *session.Engine
	table   string
	served  [8]atomic.Int64
	inserts atomic.Int64
}

// request is the n-th of a worker. What it runs comes with arguments and without,
// returns rows and does not, waits for COMMIT and does not.
func (s *service) request(ctx context.Context, n int64) error {
	return s.db.Do(ctx, func(ctx context.Context, tx *session.Session) (err error) {
		switch n % 5 {
		case 0:
			_, err = session.One[map[string]any](ctx, tx, "select * from "+s.table+" where id = ?", 0)
		case 1:
			_, err = session.Collect[map[string]any](ctx, tx, "select * from "+s.table+" where id < 1")
		case 2:
			_, err = session.One[map[string]any](ctx, tx, "insert into "+s.table+" (id) values (?) returning *",
				s.inserts.Add(1))
		case 3:
			err = tx.Queue("update "+s.table+" set name = ? where id = 0 returning *", "changed")
		case 4:
			_, err = tx.Exec(ctx, "delete from "+s.table+" where id = ? returning *",
				max(1, s.inserts.Load()-8))
		}
		return err
	})
}

// work serves requests until ctx ends.
func (s *service) work(ctx context.Context, worker int) {
	for n := int64(worker); ctx.Err() == nil; n++ {
		if err := s.request(s.Context(), n); err != nil {
			s.Errorf("request %d of worker %d: %v", n, worker, err)
			return
		}
		s.served[worker].Add(1)
	}
}

// more waits until each worker has served n more requests.
func (s *service) more(n int64) {
	s.Helper()
	for i := range s.served {
		until := s.served[i].Load() + n
		arrives(s, func() bool { return s.served[i].Load() >= until || s.Failed() })
	}
}

// migrate runs a migration as the replica that deploys it does.
func (s *service) migrate(replica *session.Engine, sql string) {
	s.Helper()
	must(s, replica.RunSync(s.Context(), "rolling", func(ctx context.Context, c *session.SyncConn) error {
		_, err := c.Exec(ctx, sql)
		return err
	}))
}

func TestAServiceHearsNothingOfTheMigrationsOfAnotherReplica(t *testing.T) {
	for _, mode := range []string{"cache_statement", "cache_describe"} {
		t.Run(mode, func(t *testing.T) {
			s := &service{T: t, table: table(t)}
			db, err := session.Open(t.Context(), with(t, dsn(t), "default_query_exec_mode", mode),
				session.Options{MaxConns: 4}, postgres.Driver)
			must(t, err)
			defer func() { must(t, db.Close(context.Background())) }()
			s.db = db
			replica := engine(t)
			s.migrate(replica, "insert into "+s.table+" (id) values (0)")
			ctx, cancel := context.WithCancel(t.Context())
			var all sync.WaitGroup
			for worker := range s.served {
				all.Go(func() { s.work(ctx, worker) })
			}
			for range 3 {
				s.more(15)
				s.migrate(replica, "alter table "+s.table+" add more int not null default 7")
				s.more(15)
				s.migrate(replica, "alter table "+s.table+" drop more")
			}
			s.more(15)
			cancel()
			all.Wait()
			if n := db.Stats().Pool.Opened; n > 4 {
				t.Errorf("%d connections were opened", n)
			}
		})
	}
}

// pgx has a cache of its own, which forgets a statement that has failed.
func TestNativeCodeIsTriedAgainAfterAChangeOfItsTable(t *testing.T) {
	db, ch, tries := engine(t), newChanging(t), 0
	show := func() error {
		return db.Do(t.Context(), func(ctx context.Context, tx *session.Session) error {
			tries++
			_, err := session.NativeQuery(ctx, tx, ch.all, func(ctx context.Context, c *pgx.Conn) (drivers.Rows, error) {
				row, err := c.Query(ctx, ch.all, 1)
				must(t, err)
				_, err = pgx.CollectExactlyOneRow(row, pgx.RowToMap)
				return nil, err
			})
			return err
		}, session.Retry{})
	}
	must(t, show())
	ch.addColumn()
	must(t, show())
	if tries != 3 {
		t.Errorf("it took %d tries, the first one before the change", tries)
	}
}
