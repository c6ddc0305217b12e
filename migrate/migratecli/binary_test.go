package migratecli_test

import (
	"crypto/rand"
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli"
)

const (
	sleeping = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' " +
		"AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"
	locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = " +
		"(SELECT oid FROM pg_database WHERE datname = current_database())"
	tables = "SELECT count(*) FROM pg_tables WHERE tablename IN ('a', 'b', 'c')"
)

// slow has three migrations, of which the second one takes a minute.
func slow(t *testing.T) *desk {
	return newServerDesk(t, "postgres", "1_a.sql", table("a"),
		"2_b.sql", "CREATE TABLE b (id INTEGER);\nSELECT pg_sleep(60);\n", "3_c.sql", table("c"))
}

func TestBehaviour27ASignalRollsBackAndHasACodeOfItsOwn(t *testing.T) {
	bin := build(t)
	for name, c := range map[string]struct {
		signal syscall.Signal
		code   migratecli.Code
	}{"SIGTERM": {syscall.SIGTERM, migratecli.Terminated}, "SIGINT": {syscall.SIGINT, migratecli.Interrupted},
		"SIGHUP": {syscall.SIGHUP, migratecli.HungUp}} {
		t.Run(name, func(t *testing.T) {
			d := slow(t)
			d.bin = bin
			p := d.start("migrate up")
			d.await(1, sleeping)
			p.signal(c.signal)
			p.end().coded(c.code).says("applied 1 a", "failed 2 b (statement 2 of 2").
				complains("2_b.sql:2:1: statement 2 of 2 was stopped: ended by "+name,
					"rolled back", "done       1 a", "failed     2 b", "not tried  3 c")
			equal(t, "statements that still run", d.count(sleeping), 0)
			equal(t, "locks", d.count(locks), 0)
			equal(t, "tables", d.count(tables), 1)
			d.write("2_b.sql", table("b"))
			d.start("migrate up").end().coded(migratecli.Fine).says("applied 2 b", "applied 3 c")
		})
	}
}

func TestBehaviour27ASignalWhileWaitingForTheLockEndsTheWait(t *testing.T) {
	d := slow(t)
	p := d.start("migrate up")
	d.await(1, sleeping)
	waits := d.start("migrate up --json")
	d.await(1, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "+
		"AND query LIKE '%pg_try_advisory_lock%' AND pid <> pg_backend_pid() AND state = 'idle'")
	waits.signal(syscall.SIGTERM)
	doc := parse[migrate.Result](waits.end().coded(migratecli.Terminated))
	equal(t, "outcome", doc.Outcome, "terminated")
	p.signal(syscall.SIGKILL)
	p.end()
}

func TestOthersWhoMigrateAreNamedAndCanBeEnded(t *testing.T) {
	d := slow(t)
	p := d.start("migrate up --applied-by nightly")
	d.await(1, sleeping)
	d.start("migrate up --lock-wait 300ms").end().coded(migratecli.Locked).complains("held by", "user")
	d.start("migrate status").end().coded(migratecli.Fine).says("running v2, statement 2/2, by nightly", "1 running")
	d.start("migrate unlock").end().coded(migratecli.Refused).complains("running v2", "give --yes")
	d.start("migrate unlock --yes").end().coded(migratecli.Fine).says("ended connection")
	p.end().coded(migratecli.Failed).complains("2_b.sql:2:1")
	d.await(0, locks)
	equal(t, "tables", d.count(tables), 1)
}

func TestTheTimeOfATimeoutEndsARun(t *testing.T) {
	d := slow(t)
	d.start("migrate up --timeout 2s").end().coded(migratecli.TimeIsUp).complains("statement 2 of 2 was stopped",
		"rolled back")
	equal(t, "locks", d.count(locks), 0)
}

func TestBehaviour49AReaderCanAskForTheStatus(t *testing.T) {
	d := newServerDesk(t, "postgres", "1_a.sql", table("a"), "2_b.sql", table("b"))
	role := "reader_" + strings.ToLower(rand.Text()[:8])
	owner := d.env["DATABASE_URL"]
	onServer(t, owner, "CREATE ROLE "+role+" LOGIN PASSWORD 'hunter2'")
	t.Cleanup(func() { onServer(t, owner, "DROP OWNED BY "+role, "DROP ROLE "+role) })
	u, err := url.Parse(owner)
	noErr(t, err)
	u.User = url.UserPassword(role, "hunter2")
	d.env["DATABASE_URL"] = u.String()

	o := d.start("migrate status --json --exit-code").end().coded(migratecli.Pending)
	equal(t, "pending", parse[migrate.Status](o).Data.Pending, 2)
	d.env["DATABASE_URL"] = owner
	equal(t, "tables", d.count("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), 0)
	d.start("migrate up --steps 1").end().coded(migratecli.Fine)
	onServer(t, owner, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO "+role)
	d.env["DATABASE_URL"] = u.String()
	o = d.start("migrate status --json --exit-code").end().coded(migratecli.Pending)
	equal(t, "pending", parse[migrate.Status](o).Data.Pending, 1)
	o = d.start("migrate up --json").end().coded(migratecli.Failed)
	equal(t, "kind", parse[migrate.Result](o).Error.Kind, "permission")
	if strings.Contains(o.out+o.err, "hunter2") {
		t.Errorf("the password is shown: %s%s", o.out, o.err)
	}
}

func TestWhatNobodyKnowsIsDecidedByAPerson(t *testing.T) {
	d := newServerDesk(t, "mysql", "1_a.sql",
		"CREATE TABLE a (id INTEGER);\nDO SLEEP(20);\nCREATE TABLE b (id INTEGER);\n")
	running := "SELECT count(*) FROM information_schema.processlist " +
		"WHERE db = database() AND info LIKE 'DO SLEEP(20)%'"
	p := d.start("migrate up")
	d.await(1, running)
	p.signal(syscall.SIGKILL)
	p.end()
	onServer(t, d.env["DATABASE_URL"], "BEGIN NOT ATOMIC FOR i IN (SELECT id FROM information_schema.processlist "+
		"WHERE db = database() AND info LIKE 'DO SLEEP(20)%') DO KILL i.id; END FOR; END")
	d.await(0, running)
	o := d.start("migrate up --json").end().coded(migratecli.Undecided)
	doc := parse[migrate.Result](o)
	equal(t, "outcome", doc.Outcome, "undecided")
	var raw struct {
		Error struct{ Statement struct{ Number, Of int } }
	}
	noErr(t, json.Unmarshal([]byte(o.out), &raw))
	equal(t, "statement", raw.Error.Statement.Number, 2)
	d.start("migrate up").end().coded(migratecli.Undecided).complains("statement 2 of 3", "DO SLEEP(20)",
		"--happened")
	d.start("migrate status").end().coded(migratecli.Fine).says("half done")
	d.start("migrate resolve 1 --happened").end().coded(migratecli.Fine).says("resolved 1")
	d.start("migrate up").end().coded(migratecli.Fine).says("applied 1 a")
}

func TestARunGoesOnWhenNobodyReadsItsOutput(t *testing.T) {
	d := newDesk(t, "1_a.sql", table("a"), "2_b.sql", table("b"), "3_c.sql", table("c"))
	p := d.program("migrate up --verbose")
	r, w, err := os.Pipe()
	noErr(t, err)
	noErr(t, r.Close())
	p.cmd.Stdout, p.cmd.Stderr = w, w
	noErr(t, p.cmd.Start())
	noErr(t, w.Close())
	p.end().coded(migratecli.Fine)
	d.want(migratecli.Fine, "migrate status").says("3 applied, 0 pending")
}
