package migrate_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/session"
)

// rounds is how often an expensive test is run: n, unless the variable says more.
func rounds(variable string, n int) int {
	if more, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return more
	}
	return n
}

// mixed are four files of DDL and data.
func mixed() files {
	return files{"1_a.sql": table("a"), "2_data.sql": "INSERT INTO a VALUES (1);", "3_b.sql": table("b") + table("c"),
		"4_more.sql": "INSERT INTO b SELECT id FROM a;"}
}

func (b *bed) wantMixedOnce(t *testing.T, outputs []string) {
	t.Helper()
	equal(t, "rows of a", b.count("SELECT count(*) FROM a"), 1)
	equal(t, "rows of b", b.count("SELECT count(*) FROM b"), 1)
	for _, v := range []string{"1", "2", "3", "4"} {
		n := 0
		for _, out := range outputs {
			for line := range strings.Lines(out) {
				if fields := strings.Fields(line); len(fields) > 0 && fields[0] == "applied" &&
					strings.Contains(" "+strings.Join(fields[1:], " ")+" ", " "+v+" ") {
					n++
				}
			}
		}
		equal(t, "processes that applied version "+v, n, 1)
	}
	records, err := b.migrator(mixed()).History(t.Context())
	noErr(t, err)
	equal(t, "records", len(records), 4)
}

func TestBehaviour20And21TwentyProcessesApplyEachVersionOnce(t *testing.T) {
	for round := range rounds("SQLSCOPE_RACE_ROUNDS", 1) {
		t.Run(fmt.Sprint("round ", round+1), func(t *testing.T) {
			onEach(t, every, func(t *testing.T, b *bed) {
				dir := mixed().dir(t)
				var children []*child
				for range 20 {
					children = append(children, start(t, childSpec{URL: b.url, Dir: dir}))
				}
				for _, c := range children { // the barrier
					c.letGo()
				}
				var outputs []string
				for _, c := range children {
					code, out := c.wait()
					if code != 0 {
						t.Errorf("a process ended with %d: %s", code, out)
					}
					outputs = append(outputs, out)
				}
				b.wantMixedOnce(t, outputs)
			})
		})
	}
}

func TestManyMigratorsOfOneProcessApplyEachVersionOnce(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		for range 2 {
			var all sync.WaitGroup
			var mu sync.Mutex
			var outputs []string
			begin := make(chan struct{})
			for i := range 9 {
				engine := b.engine
				if i%3 > 0 {
					engine = b.open(b.url, session.Options{MaxConns: 2})
				}
				m := b.migratorOn(engine, mixed())
				all.Go(func() {
					<-begin
					res, err := m.Up(t.Context())
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					outputs = append(outputs, "applied "+versions(res.Applied))
				})
			}
			close(begin)
			all.Wait()
			b.wantMixedOnce(t, outputs)
			for _, name := range []string{"a", "b", "c", "sqlscope_migrations", "sqlscope_migrations_statements"} {
				b.exec("DROP TABLE " + name)
			}
		}
	})
}

func TestBehaviour22ReplicasDoNotDeadlockOverAConcurrentIndex(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		rows := 100_000
		if os.Getenv("SQLSCOPE_LARGE") != "" {
			rows = 3_000_000
		}
		f := files{"1_t.sql": fmt.Sprintf("CREATE TABLE t AS SELECT g AS id, md5(g::text) AS v "+
			"FROM generate_series(1, %d) g;", rows),
			"2_i.sql": "CREATE INDEX CONCURRENTLY t_v ON t (v);"}
		b.up(f.without("2_i.sql"))
		var all sync.WaitGroup
		for range 3 {
			m := b.migratorOn(b.open(b.url, session.Options{}), f)
			all.Go(func() {
				if _, err := m.Up(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		equal(t, "valid indexes",
			b.count("SELECT count(*) FROM pg_index WHERE indexrelid = 't_v'::regclass AND indisvalid"), 1)
	})
}

func TestBehaviour30TwoSourcesInOneDatabaseKeepToThemselves(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		migrator := func(name, prefix string) *migrate.Migrator {
			f := files{"1_x.sql": table(prefix + "1"), "2_x.sql": table(prefix + "2"), "3_x.sql": table(prefix + "3")}
			m, err := migrate.New(b.open(b.url, session.Options{}), []migrate.Source{{Name: name, FS: f.fs()}},
				quiet(migrate.Options{}))
			noErr(t, err)
			return m
		}
		var all sync.WaitGroup
		begin := make(chan struct{})
		for _, m := range []*migrate.Migrator{migrator("app", "a"), migrator("lib", "l")} {
			all.Go(func() {
				<-begin
				res, err := m.Up(t.Context())
				if err != nil || versions(res.Applied) != "1 2 3" {
					t.Errorf("applied %s: %v", versions(res.Applied), err)
				}
			})
		}
		close(begin)
		all.Wait()
		b.wantTables("a1 a2 a3 l1 l2 l3", "")
	})
}
