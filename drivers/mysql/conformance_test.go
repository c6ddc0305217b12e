package mysql_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/drivertest"
	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/internal/netproxy"
	"github.com/sqlscope/sqlscope/session"
)

func TestConformance(t *testing.T) {
	proxy, dsn := proxied(t)
	conform(t, dsn, faults(t, proxy))
}

func TestConformanceOfMariaDB(t *testing.T) {
	_ = mariaDSN(t) // skips the test on another server
	proxy, dsn := proxied(t)
	conform(t, strings.Replace(dsn, "mysql:", "mariadb:", 1), faults(t, proxy))
}

func faults(t *testing.T, proxy *netproxy.Proxy) drivertest.Faults {
	kill := killOthers(t)
	return drivertest.Faults{
		Kill: func(ctx context.Context) error { return proxy.Farewell(ctx, kill) },
		Cut: func(phase drivertest.Phase, text string) <-chan struct{} {
			return proxy.CutNext(netproxy.Phase(phase), holds(text))
		},
		RoundTrips: proxy.RoundTrips,
	}
}

func conform(t *testing.T, dsn string, faults drivertest.Faults) {
	drivertest.Run(t, drivertest.Harness{
		Open: func(t testing.TB, opts session.Options) *session.Engine {
			e, err := session.Open(t.Context(), dsn, opts, mysql.Driver)
			must(t, err)
			t.Cleanup(func() {
				ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
				defer cancel()
				must(t, e.Close(ctx))
			})
			return e
		},
		Spelling: drivertest.Spelling{
			AutoKey:   "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
			Timestamp: "DATETIME(6)", Blob: "LONGBLOB",
			Slow:  func(d time.Duration) string { return fmt.Sprintf("SLEEP(%v)", d.Seconds()) },
			Fails: func(column string) string { return "IF(" + column + " = 0, (SELECT 1 UNION SELECT 2), 1)" },
			Names: map[drivers.Kind]drivertest.Names{
				drivers.KindUnique:     {Constraint: true},
				drivers.KindForeignKey: {Constraint: true, Table: true},
				drivers.KindCheck:      {Constraint: true},
				drivers.KindNotNull:    {Column: true},
			},
		},
		Faults: faults,
	})
}
