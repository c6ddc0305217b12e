//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
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

// killer returns a function that ends every connection but the admin's, and
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

func killPostgres(t testing.TB) func(context.Context) error {
	return killer(admin(t, postgresURL(t)), "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "+
		"AND usename = current_user AND pid <> pg_backend_pid() AND application_name NOT LIKE 'admin%'",
		func(id string) string { return "SELECT pg_terminate_backend(" + id + ")" })
}

func killMariaDB(t testing.TB) func(context.Context) error {
	return killer(admin(t, mysqlURL(t)), "SELECT id FROM information_schema.processlist "+
		"WHERE user = substring_index(user(), '@', 1) AND id <> connection_id()",
		func(id string) string { return "KILL CONNECTION " + id })
}
