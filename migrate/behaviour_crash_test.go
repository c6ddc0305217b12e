package migrate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/internal/netproxy"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/session"
)

func TestBehaviour13AKilledRunnersStatementIsUndoneAndItsLockIsFreeSoon(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		slow := files{"1_a.sql": table("a") + "SELECT pg_sleep(60);" + table("b")}
		c := start(t, childSpec{URL: b.url, Dir: slow.dir(t)})
		c.letGo()
		c.await("event statement begins v1 2")
		c.kill()
		killed := time.Now()
		res := b.up(files{"1_c.sql": table("c")})
		equal(t, "applied", versions(res.Applied), "1")
		if took := time.Since(killed); took > 30*time.Second {
			t.Errorf("the lock was free after %v, and the statement would have taken 60s", took)
		}
		b.wantTables("c", "a b")
	})
}

func TestBehaviour14AKilledRunnersStatementThatGoesOnIsNotRepeated(t *testing.T) {
	onEach(t, "mysql", func(t *testing.T, b *bed) {
		f := files{"1_a.sql": table("a") + "CREATE TABLE b AS SELECT SLEEP(4) AS s;\n" + table("c")}
		c := start(t, childSpec{URL: b.url, Dir: f.dir(t)})
		c.letGo()
		c.await("event statement begins v1 2")
		await(t, "the statement runs", func() bool {
			return b.count("SELECT count(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'CREATE TABLE b%'") > 0
		})
		c.kill()
		began := time.Now()
		_, err := b.migrator(f).Up(t.Context())
		var ambiguous *migrate.AmbiguousError
		if !errors.As(err, &ambiguous) {
			t.Fatalf("after %v the error is %v", time.Since(began), err)
		}
		equal(t, "statement", ambiguous.Statement, 2)
		wantText(t, err.Error(), "1_a.sql:2:1", "statement 2 of 3", "CREATE TABLE b AS SELECT SLEEP(4)",
			"a person must decide", "Resolve")
		b.wantTables("a b", "c") // the server has finished it before it gave the lock up
		_, err = b.migrator(f).Up(t.Context())
		if !errors.Is(err, migrate.ErrAmbiguous) {
			t.Errorf("the second time the error is %v", err)
		}
		noErr(t, b.migrator(f).Resolve(t.Context(), "1", migrate.Happened, ""))
		b.up(f)
		b.wantTables("a b c", "")
	})
}

// await waits until ok.
func await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for limit := time.Now().Add(60 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("in vain: waited until %s", what)
		}
	}
}

func holds(text string) func([]byte) bool {
	return func(b []byte) bool { return bytes.Contains(b, []byte(text)) }
}

func TestBehaviour15AStatementWhoseEndWasNotWrittenDownIsNamed(t *testing.T) {
	onEach(t, "mysql", func(t *testing.T, b *bed) {
		proxy, url := testdsn.Proxied(t, b.url)
		f := files{"1_a.sql": table("a") + table("b") + table("c")}
		m := b.migratorOn(b.open(url, session.Options{}), f)
		done := proxy.CutNext(netproxy.After, holds("\x03CREATE TABLE b")) // the query, not the journal
		_, err := m.Up(t.Context())
		<-done
		if !errors.Is(err, session.ErrLockLost) {
			t.Errorf("the error is %v", err)
		}
		_, err = b.migrator(f).Up(t.Context())
		var ambiguous *migrate.AmbiguousError
		if !errors.As(err, &ambiguous) || ambiguous.Statement != 2 ||
			!strings.HasPrefix(ambiguous.SQL, "CREATE TABLE b") {
			t.Fatalf("the error is %v", err)
		}
		if err := b.migrator(f).Resolve(t.Context(), "2", migrate.Happened, ""); err == nil {
			t.Error("a migration that is not half done was resolved")
		}
		noErr(t, b.migrator(f).Resolve(t.Context(), "1", migrate.Happened, ""))
		b.up(f)
		b.wantTables("a b c", "")
	})
}

func TestBehaviour17AfterACutNothingMoreIsApplied(t *testing.T) {
	onEach(t, "postgres mysql", func(t *testing.T, b *bed) {
		proxy, url := testdsn.Proxied(t, b.url)
		f := files{"1_a.sql": table("a"), "2_b.sql": table("b"), "3_c.sql": table("c")}
		m := b.migratorOn(b.open(url, session.Options{}), f)
		proxy.CutNext(netproxy.During, holds("CREATE TABLE b"))
		res, err := m.Up(t.Context())
		if !errors.Is(err, session.ErrLockLost) {
			t.Fatalf("the error is %v", err)
		}
		equal(t, "applied", versions(res.Applied), "1")
		equal(t, "not tried", len(res.NotTried), 1)
		if b.there("c") {
			t.Error("it went on without its lock")
		}
	})
}

// tenFiles are ten migrations of three statements.
func tenFiles() files {
	f := files{}
	for n := 1; n <= 10; n++ {
		f[fmt.Sprintf("%d_t.sql", n)] = fmt.Sprintf("CREATE TABLE t%d (id INTEGER NOT NULL PRIMARY KEY);\n"+
			"INSERT INTO t%[1]d VALUES (%[1]d);\nALTER TABLE t%[1]d ADD COLUMN c INTEGER;\n", n)
	}
	return f
}

// happened finds out what a person would: whether statement k of version n took
// effect.
func (b *bed) happened(n string, k int) bool {
	b.Helper()
	switch k {
	case 1:
		return b.there("t" + n)
	case 2:
		return b.count("SELECT count(*) FROM t"+n) > 0
	}
	s := b.engine.Session()
	defer s.Close()
	_, err := session.Collect[*int](b.Context(), s, "SELECT c FROM t"+n)
	return err == nil
}

func (b *bed) wantTen() {
	b.Helper()
	for n := 1; n <= 10; n++ {
		equal(b, fmt.Sprintf("rows of t%d", n), b.count(fmt.Sprintf("SELECT count(*) FROM t%d WHERE c IS NULL", n)), 1)
	}
	records, err := b.migrator(tenFiles()).History(b.Context())
	noErr(b, err)
	done := map[string]int{}
	for _, r := range records {
		if r.Outcome == migrate.Done {
			done[string(r.Version)]++
		}
	}
	for n := 1; n <= 10; n++ {
		equal(b, fmt.Sprintf("records of version %d", n), done[fmt.Sprint(n)], 1)
	}
}

func TestAKillAtAnyMomentEndsWellOrWithAQuestion(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	dir := tenFiles().dir(t)
	for round := range rounds("SQLSCOPE_KILL_ROUNDS", 3) {
		// Of a run's events, about 80, one is chosen; the kill comes a little later.
		at, later := random.IntN(75), time.Duration(random.IntN(4000))*time.Microsecond
		t.Run(fmt.Sprintf("%d at event %d and %v", round+1, at, later), func(t *testing.T) {
			onEach(t, every, func(t *testing.T, b *bed) {
				c := start(t, childSpec{URL: b.url, Dir: dir})
				c.letGo()
				for range at {
					c.await("event")
				}
				time.Sleep(later) // the moment is the point
				c.kill()
				b.recover(t)
				b.wantTen()
			})
		})
	}
}

// recover runs the migrations, and answers the questions that are asked.
func (b *bed) recover(t *testing.T) {
	t.Helper()
	for range 3 {
		m := b.migrator(tenFiles())
		_, err := m.Up(t.Context())
		if err == nil {
			return
		}
		var failed *migrate.Error
		var ambiguous *migrate.AmbiguousError
		if b.kind != "mysql" || !errors.As(err, &ambiguous) || !errors.As(err, &failed) {
			t.Fatalf("the error is %v", err)
		}
		version := string(failed.Version)
		wantText(t, err.Error(), version+"_t.sql", fmt.Sprintf("statement %d of 3", ambiguous.Statement),
			"may or may not have taken effect")
		how := migrate.NotHappened
		if b.happened(version, ambiguous.Statement) {
			how = migrate.Happened
		}
		t.Logf("decided that statement %d of version %s is %d", ambiguous.Statement, version, how)
		noErr(t, m.Resolve(t.Context(), version, how, ""))
	}
	t.Fatal("it asks the same again")
}

func TestBehaviour27CancellationRollsBackAndBetweenFilesStopsCleanly(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		ctx, cancel := context.WithCancel(t.Context())
		f := files{"1_a.sql": table("a"), "2_b.sql": table("b") + "SELECT pg_sleep(60);", "3_c.sql": table("c")}
		m := b.migrator(f, migrate.Options{OnEvent: func(e migrate.Event) {
			if e.Kind == migrate.StatementBegins && e.Step.Version == "2" && e.Number == 2 {
				time.AfterFunc(50*time.Millisecond, cancel)
			}
		}})
		res, err := m.Up(ctx)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("the error is %v", err)
		}
		equal(t, "applied", versions(res.Applied), "1")
		equal(t, "not tried", len(res.NotTried), 1)
		b.wantTables("a", "b c")
		b.wantNoAdvisoryLocks()
	})
	onEach(t, every, func(t *testing.T, b *bed) {
		ctx, cancel := context.WithCancel(t.Context())
		f := pairs("a1", "a2", "a3")
		res, err := b.migrator(f, migrate.Options{OnEvent: func(e migrate.Event) {
			if e.Kind == migrate.StepEnds && e.Step.Version == "1" {
				cancel()
			}
		}}).Up(ctx)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("the error is %v", err)
		}
		wantText(t, err.Error(), "stopped before main: 2")
		equal(t, "applied", versions(res.Applied), "1")
		equal(t, "applied then", versions(b.up(f).Applied), "2 3")
	})
}

func TestAHistoryThatWasHalfMadeIsCompleted(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		b.up(files{"1_empty.sql": ""})
		b.exec("DROP TABLE sqlscope_migrations") // the journal's table, which is made first, stays
		equal(t, "applied", versions(b.up(pairs("a1", "a2")).Applied), "1 2")
	})
}
