//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/testdsn"
)

// admin is a connection aside, through the driver under test but not through
// the proxy.
func admin(t testing.TB, url string) drivers.Conn {
	t.Helper()
	o := options()
	o.MaxConns = 1
	c, err := openWith(t, url, o).Acquire(context.Background(), drivers.Need{})
	must(t, err)
	t.Cleanup(c.Release)
	return c
}

// column reads the first column of a query as text.
func column(ctx context.Context, c drivers.Conn, sql string) (all []string, err error) {
	f := drivers.Flight{Steps: []drivers.Step{{Op: drivers.OpQuery, SQL: sql}}}
	rows, err := c.Run(ctx, &f)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return nil, err
		}
		all = append(all, fmt.Sprint(values[0]))
	}
	return all, rows.Close()
}

// killer returns a function that ends every connection of the list, and
// waits until they are gone.
func killer(c drivers.Conn, list string, kill func(id string) string) func(context.Context) error {
	return func(ctx context.Context) error {
		for {
			ids, err := column(ctx, c, list)
			if err != nil || len(ids) == 0 {
				return err
			}
			for _, id := range ids { // one that has gone by itself may be an error
				_, _ = column(ctx, c, kill(id))
			}
		}
	}
}

func killPostgres(t testing.TB, dsn string) func(context.Context) error {
	return killer(admin(t, connString(t, postgresDriver, dsn)),
		"SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
		func(id string) string { return "SELECT pg_terminate_backend(" + id + ")" })
}

func killMariaDB(t testing.TB, dsn string) func(context.Context) error {
	return killer(admin(t, connString(t, mysqlDriver, dsn)),
		"SELECT id FROM information_schema.processlist WHERE db = database() AND id <> connection_id()",
		func(id string) string { return "KILL CONNECTION " + id })
}

// ownDatabase makes a database until the test ends, and returns its DSN: what the
// suite kills must not be another package's.
func ownDatabase(t testing.TB, driver, database string) (dsn string) {
	t.Helper()
	dsn = testdsn.Get(t, database)
	c := admin(t, connString(t, driver, dsn))
	name := "sqlscope_odbc_" + strings.ToLower(rand.Text()[:8])
	_, err := column(t.Context(), c, "CREATE DATABASE "+name)
	must(t, err)
	t.Cleanup(func() {
		if _, err := column(context.Background(), c, "DROP DATABASE "+name); err != nil {
			t.Errorf("a database that nobody uses any more cannot be dropped: %v", err)
		}
	})
	return inDatabase(t, dsn, name)
}
