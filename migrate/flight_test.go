package migrate_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/internal/netproxy"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/session"
)

// oneEach is n migrations of so many statements each.
func oneEach(n, statements int) files {
	f := files{}
	for i := range n {
		var text strings.Builder
		for k := range statements {
			text.WriteString(table(fmt.Sprintf("t%d_%d", i+1, k+1)))
		}
		f[fmt.Sprintf("%03d_t.sql", i+1)] = text.String()
	}
	return f
}

// tripsOf counts the round trips of applying f to a database that has its first
// migration.
func tripsOf(t *testing.T, f files) int64 {
	b := newBed(t, "postgres")
	b.up(oneEach(1, 1))
	proxy, url := testdsn.Proxied(t, b.url)
	e := b.open(url, session.Options{MaxConns: 1}) // to which every statement is new
	_, err := b.migratorOn(e, f).Up(t.Context())
	noErr(t, err)
	await(t, "the connection is back", func() bool { return e.Stats().InUse == 0 })
	return proxy.RoundTrips()
}

func TestEachStatementOfAMigrationIsOneRoundTripAndNothingElseIs(t *testing.T) {
	few := tripsOf(t, oneEach(5, 1))
	equal(t, "round trips of 20 migrations more", tripsOf(t, oneEach(25, 1))-few, 20)
	three := oneEach(5, 3).with("001_t.sql", table("t1_1"))
	equal(t, "round trips of two statements more in each of four", tripsOf(t, three)-few, 4*2)
}

func TestARecordThatTravelledWithItsStatementSaysHowLongThatTook(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		before := time.Now().Add(-time.Millisecond)
		b.up(files{"1_slow.sql": "SELECT pg_sleep(0.3);", "2_a.sql": table("a")})
		list, err := b.migrator(files{"1_slow.sql": "SELECT pg_sleep(0.3);", "2_a.sql": table("a")}).History(t.Context())
		noErr(t, err)
		equal(t, "records", len(list), 2)
		slow := list[0]
		equal(t, "its outcome", slow.Outcome, migrate.Done)
		if slow.Started.Before(before) || slow.Started.After(time.Now()) {
			t.Errorf("it began at %v", slow.Started)
		}
		if slow.Duration < 300*time.Millisecond || slow.Duration > time.Minute {
			t.Errorf("it is said to have taken %v", slow.Duration)
		}
		if off := slow.Started.Add(slow.Duration).Sub(slow.Finished).Abs(); off > 5*time.Second {
			t.Errorf("began at %v, took %v and ended at %v", slow.Started, slow.Duration, slow.Finished)
		}
		if list[1].Finished.IsZero() || list[1].Duration > time.Minute {
			t.Errorf("the quick one: %+v", list[1])
		}
	})
}

// told keeps the events about statements and steps, in words.
func told(events *[]string) migrate.Options {
	return migrate.Options{OnEvent: func(e migrate.Event) {
		switch e.Kind {
		case migrate.StepBegins, migrate.StatementBegins:
			*events = append(*events, fmt.Sprintf("%v %d/%d", e.Kind, e.Number, e.Of))
		case migrate.StepEnds, migrate.StatementEnds:
			*events = append(*events, fmt.Sprintf("%v %d/%d rows %d failed %v", e.Kind, e.Number, e.Of, e.Rows,
				e.Err != nil))
		}
	}}
}

func TestTheStatementThatTravelsWithCommitIsToldOfInItsTurn(t *testing.T) {
	onEach(t, "postgres sqlite", func(t *testing.T, b *bed) {
		var events []string
		b.up(files{"1_a.sql": table("a") + "INSERT INTO a VALUES (1), (2), (3);"}, told(&events))
		equal(t, "the events", strings.Join(events, "\n"), strings.Join([]string{"step begins 0/2",
			"statement begins 1/2", "statement ends 1/2 rows 0 failed false",
			"statement begins 2/2", "statement ends 2/2 rows 3 failed false",
			"step ends 0/2 rows 0 failed false"}, "\n"))
	})
}

func TestAFailureOfTheStatementThatTravelsWithCommitIsItsOwn(t *testing.T) {
	onEach(t, "postgres sqlite", func(t *testing.T, b *bed) {
		var events []string
		f := files{"1_a.sql": table("a") + "\nINSERT INTO nowhere VALUES (1);"}
		_, err := b.migrator(f, told(&events)).Up(t.Context())
		var failed *migrate.Error
		if !errors.As(err, &failed) {
			t.Fatalf("the error is %v", err)
		}
		equal(t, "the statement", failed.Statement, 2)
		equal(t, "the line", failed.Line, 3)
		equal(t, "it was rolled back", failed.RolledBack, true)
		equal(t, "what it says of a queue", strings.Contains(err.Error(), "queue"), false)
		equal(t, "the end", events[len(events)-2], "statement ends 2/2 rows 0 failed true")
		b.wantTables("", "a")
	})
}

func TestAFailureOfCommitIsNotItsStatements(t *testing.T) {
	onEach(t, "postgres sqlite", func(t *testing.T, b *bed) {
		var events []string
		_, err := b.migrator(files{"1_a.sql": table("a") +
			"CREATE TABLE c (a INTEGER REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED);" +
			"INSERT INTO c VALUES (7);"}, told(&events)).Up(t.Context())
		var failed *migrate.Error
		if !errors.As(err, &failed) || session.KindOf(err) != session.KindForeignKey {
			t.Fatalf("the error is %v", err)
		}
		equal(t, "the statement", failed.Statement, 0)
		equal(t, "it was rolled back", failed.RolledBack, true)
		equal(t, "the end of the statement", events[len(events)-2], "statement ends 3/3 rows 1 failed false")
		equal(t, "the end of the step", events[len(events)-1], "step ends 0/3 rows 0 failed true")
		b.wantTables("", "a c")
	})
}

func TestAMigrationWhoseConnectionIsLostIsAppliedOnceAndNothingElseIsClaimed(t *testing.T) {
	for phase, applied := range map[netproxy.Phase]bool{netproxy.Before: false, netproxy.After: true} {
		t.Run(phase.String(), func(t *testing.T) {
			b := newBed(t, "postgres")
			proxy, url := testdsn.Proxied(t, b.url)
			f := files{"1_a.sql": table("a"), "2_b.sql": table("b"), "3_c.sql": table("c")}
			proxy.CutNext(phase, holds("CREATE TABLE b"))
			_, err := b.migratorOn(b.open(url, session.Options{}), f).Up(t.Context())
			var failed *migrate.Error
			if !errors.As(err, &failed) || !errors.Is(err, session.ErrCommitUnknown) ||
				!errors.Is(err, session.ErrLockLost) {
				t.Fatalf("the error is %v", err)
			}
			equal(t, "it is said to have been rolled back", failed.RolledBack, false)
			wantText(t, err.Error(), "not known", "the next run reads it")
			want := "2 3"
			if applied {
				want = "3"
			}
			equal(t, "what the next run applies", versions(b.up(f).Applied), want)
			b.wantTables("a b c", "")
			equal(t, "records", b.count("SELECT count(*) FROM sqlscope_migrations WHERE outcome = 'done'"), 3)
		})
	}
}
