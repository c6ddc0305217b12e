//go:build cgo && linux

package odbc_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers/odbc"
	"github.com/sqlscope/sqlscope/internal/netproxy"
	"github.com/sqlscope/sqlscope/internal/soak"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/session"
)

// soakTime is how long the soak goes on: SQLSCOPE_SOAK, such as "10m".
func soakTime(t *testing.T) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(cmp.Or(os.Getenv("SQLSCOPE_SOAK"), "6s"))
	must(t, err)
	return d
}

// Six targets are worked on at once: three databases, each with its native
// driver and through ODBC.
func TestSixTargetsGiveBackWhatTheyTakeAndTellTheTruth(t *testing.T) {
	all := onBothServers(t)
	all.file("sqlite", func(path string) string { return "sqlite:///" + path })
	all.file("sqlite through ODBC", func(path string) string {
		return "odbc:Driver={" + sqliteDriver + "};Database=" + path
	})
	long := soakTime(t)
	all.run(long/20+time.Second, long) // what is loaded and opened once is there after it
	census, err := soak.Count(t.Context(), all.gauges...)
	must(t, err)
	report := all.run(long, min(long/3, time.Minute))
	left, err := census.Left(t.Context())
	must(t, err)
	for _, text := range left {
		t.Errorf("left behind: %s", text)
	}
	for _, text := range report.End.Grown(report.Settled, soakAllowance) {
		t.Errorf("grown: %s", text)
	}
}

func onBothServers(t *testing.T) *soakTargets {
	t.Helper()
	all := &soakTargets{T: t, gauges: []soak.Gauge{odbcHandles}}
	all.server("postgres", postgresDriver, "SELECT pg_sleep(0.4)",
		"SELECT count(*) FROM pg_stat_activity WHERE datname = ?")
	all.server("mysql", mysqlDriver, "SELECT SLEEP(0.4)",
		"SELECT count(*) FROM information_schema.processlist WHERE db = ?")
	return all
}

// What the soak counts outside of this process is there when it is left behind.
func TestTheCensusSeesSessionsOnServersAndODBCHandles(t *testing.T) {
	all := onBothServers(t)
	census, err := soak.Count(t.Context(), all.gauges...)
	must(t, err)
	var kept []*session.Session
	for _, target := range all.targets {
		e, err := target.Open(session.Options{MaxConns: 1})
		must(t, err)
		defer func() { must(t, e.Close(context.Background())) }()
		s := e.Session()
		_, err = s.Exec(t.Context(), "SELECT 1")
		must(t, err)
		kept = append(kept, s)
	}
	left, err := census.LeftAfter(t.Context(), 0)
	must(t, err)
	for _, g := range all.gauges {
		if !strings.Contains(strings.Join(left, "; "), g.Name) {
			t.Errorf("%q does not tell of %s", left, g.Name)
		}
	}
	for _, s := range kept {
		must(t, s.Close())
	}
}

// soakAllowance is what may be more in the end than when all had settled.
var soakAllowance = soak.Footprint{Heap: 4 << 20, Resident: soakResident, Threads: 12}

// soakTargets collects what the soak works on, and what is counted.
type soakTargets struct {
	*testing.T
	targets []soak.Target
	gauges  []soak.Gauge
}

func (s *soakTargets) run(long, settled time.Duration) *soak.Report {
	s.Helper()
	work := soak.Soak{Targets: s.targets, Time: long, Settled: settled, Seed: 1, Log: s.Logf}
	report, err := work.Run(s.Context())
	must(s, err)
	for _, text := range report.Wrong {
		s.Error(text)
	}
	return report
}

// server adds both ways to a server, with a database for each; sessions is the
// query that counts the sessions in a database.
func (s *soakTargets) server(name, odbcDriver, slow, sessions string) {
	s.Helper()
	admin := s.open(testdsn.Get(s, name), session.Options{MaxConns: 1})
	s.Cleanup(func() { must(s, admin.Close(context.Background())) })
	for _, way := range []struct {
		name string
		url  func(dsn string) string
	}{
		{name, func(dsn string) string { return dsn }},
		{name + " through ODBC", func(dsn string) string { return connString(s, odbcDriver, dsn) }},
	} {
		database := s.database(admin)
		proxy, dsn := testdsn.Proxied(s, inDatabase(s, testdsn.Get(s, name), database))
		s.add(way.name, way.url(dsn), slow, proxy)
		s.gauges = append(s.gauges, soak.Gauge{
			Name: "sessions of " + way.name + " on the server",
			Read: func(ctx context.Context) (n int64, err error) {
				err = admin.Do(ctx, func(ctx context.Context, own *session.Session) (err error) {
					n, err = session.One[int64](ctx, own, sessions, database)
					return err
				})
				return n, err
			},
		})
	}
}

// file adds a database in a file.
func (s *soakTargets) file(name string, url func(path string) string) {
	s.Helper()
	const slow = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3000000) " +
		"SELECT count(*) FROM c"
	s.add(name, url(filepath.Join(s.TempDir(), "soak.db")), slow, nil)
}

func (s *soakTargets) add(name, url, slow string, proxy *netproxy.Proxy) {
	s.targets = append(s.targets, soak.Target{Name: name, Slow: slow, Proxy: proxy,
		Open: func(opts session.Options) (*session.Engine, error) {
			return session.Open(context.Background(), url, opts, everyDriver...)
		}})
}

func (s *soakTargets) open(url string, opts session.Options) *session.Engine {
	s.Helper()
	e, err := session.Open(s.Context(), url, opts, everyDriver...)
	must(s, err)
	return e
}

// database makes a database that is dropped when the test has ended.
func (s *soakTargets) database(admin *session.Engine) string {
	s.Helper()
	name := "sqlscope_soak" + strings.ToLower(rand.Text()[:8])
	alone := func(ctx context.Context, sql string) error {
		return admin.RunSync(ctx, "soak", func(ctx context.Context, c *session.SyncConn) error {
			_, err := c.Exec(ctx, sql)
			return err
		}, session.SyncOptions{NoTransaction: true})
	}
	must(s, alone(s.Context(), "CREATE DATABASE "+name))
	s.Cleanup(func() {
		if err := alone(context.Background(), "DROP DATABASE "+name); err != nil {
			s.Errorf("a database that nobody uses any more cannot be dropped: %v", err)
		}
	})
	return name
}

func inDatabase(t testing.TB, dsn, name string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	must(t, err)
	u.Path = "/" + name
	return u.String()
}

// odbcHandles counts those that this package has allocated.
var odbcHandles = soak.Gauge{Name: "ODBC handles",
	Read: func(context.Context) (int64, error) { return odbc.Handles(), nil }}
