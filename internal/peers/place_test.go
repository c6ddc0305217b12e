package peers

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sqlscope/sqlscope/internal/netproxy"
	"github.com/sqlscope/sqlscope/internal/testdsn"
)

// place is where a series of migrations runs: a server, which may be far away.
type place struct {
	// fresh returns the URL of a database that has nothing yet.
	fresh func(tb testing.TB) string
	proxy *netproxy.Proxy // nil without a network
}

// postgres is a Postgres server that is a round trip away. Each database is a
// schema of its own, which is dropped at the end.
func postgres(tb testing.TB, roundTrip time.Duration) *place {
	tb.Helper()
	dsn := testdsn.Get(tb, "postgres")
	proxy, through := testdsn.Proxied(tb, dsn)
	proxy.SetDelay(roundTrip / 2)
	n := 0
	return &place{proxy: proxy, fresh: func(tb testing.TB) string {
		n++
		schema := fmt.Sprintf("sqlscope_peers_%d_%d", time.Now().UnixNano(), n)
		onServer(tb, dsn, func(ctx context.Context, c *pgx.Conn) error {
			_, err := c.Exec(ctx, "CREATE SCHEMA "+schema)
			return err
		})
		return testdsn.With(tb, through, "search_path", schema)
	}}
}

// drop removes what fresh has made.
func (p *place) drop(tb testing.TB, at string) {
	if p.proxy == nil {
		return
	}
	u, err := url.Parse(at)
	noErr(tb, err)
	schema := u.Query().Get("search_path")
	onServer(tb, testdsn.Get(tb, "postgres"), func(ctx context.Context, c *pgx.Conn) error {
		return dropSchema(ctx, c, schema)
	})
}

// dropSchema drops a few tables at a time: all of them together would need more
// locks than a server has.
func dropSchema(ctx context.Context, c *pgx.Conn, schema string) error {
	rows, _ := c.Query(ctx, "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = $1", schema)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for some := range slices.Chunk(tables, 100) {
		_, derr := c.Exec(ctx, "DROP TABLE "+strings.Join(some, ", "))
		err = errors.Join(err, derr)
	}
	_, derr := c.Exec(ctx, "DROP SCHEMA "+schema+" CASCADE")
	return errors.Join(err, derr)
}

func onServer(tb testing.TB, dsn string, fn func(ctx context.Context, c *pgx.Conn) error) {
	tb.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, dsn)
	noErr(tb, err)
	defer c.Close(ctx)
	noErr(tb, fn(ctx, c))
}

// sqlite is a file for each database.
func sqlite() *place {
	n := 0
	return &place{fresh: func(tb testing.TB) string {
		n++
		return "sqlite:///" + filepath.Join(tb.TempDir(), fmt.Sprintf("%d.db", n))
	}}
}

// series is a directory of n migrations in goose's format, of one statement each.
func series(n int) fstest.MapFS {
	files := fstest.MapFS{}
	for i := range n {
		text := fmt.Sprintf("-- +goose Up\nCREATE TABLE t%d (id BIGINT, name TEXT);\n\n"+
			"-- +goose Down\nDROP TABLE t%[1]d;\n", i+1)
		files[fmt.Sprintf("%05d_t.sql", i+1)] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

// isSQLite reports whether a URL is that of a file, and which.
func isSQLite(at string) (string, bool) { return strings.CutPrefix(at, "sqlite:///") }

func noErr(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
