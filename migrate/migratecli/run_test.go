package migratecli_test

import (
	"testing"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli"
)

func TestUpAppliesWhatIsPendingAndDownUndoesIt(t *testing.T) {
	d := newDesk(t, "1_a.sql", table("a"), "2_b.sql", table("b"), "3_c.sql", table("c"))
	d.want(migratecli.Fine, "migrate up --steps 2").says("applied 1 a (1 statement", "applied 2 b", "2 migrations done")
	d.want(migratecli.Fine, "migrate up").says("applied 3 c")
	d.want(migratecli.Fine, "migrate up").says("nothing to do")
	d.want(migratecli.Fine, "migrate redo").says("undone 3 c", "applied 3 c")
	d.want(migratecli.Fine, "migrate down --to 1").says("undone 3 c", "undone 2 b")
	d.want(migratecli.Fine, "migrate goto 2").says("applied 2 b")
	d.want(migratecli.Fine, "migrate down").says("undone 2 b")
	d.want(migratecli.Fine, "migrate status").says("1 applied, 2 pending")
}

func TestADryRunShowsTheStatementsAndRunsNone(t *testing.T) {
	d := newDesk(t, "1_a.sql", table("a"), "2_b.sql", table("b"))
	d.want(migratecli.Fine, "migrate up --dry-run").says("BEGIN;\nCREATE TABLE a (id INTEGER);\nCOMMIT;", "TABLE b")
	d.want(migratecli.Fine, "migrate plan --steps 1").says("CREATE TABLE a")
	d.want(migratecli.Fine, "migrate status").says("2 pending")
	d.want(migratecli.Fine, "migrate up")
	d.want(migratecli.Fine, "migrate down --dry-run").says("DROP TABLE b;")
	d.want(migratecli.Fine, "migrate redo --dry-run").says("DROP TABLE b;", "CREATE TABLE b")
	d.want(migratecli.Fine, "migrate goto 0 --dry-run").says("DROP TABLE b;", "DROP TABLE a;")
	d.want(migratecli.Fine, "migrate status").says("2 applied, 0 pending")
}

func TestAFailureIsToldWithItsPlaceAndWhatIsLeftOfIt(t *testing.T) {
	d := newDesk(t, "1_a.sql", table("a"), "2_bad.sql", "CREATE TABLE b (id INTEGER);\nCREATE TABEL c (id INTEGER);\n",
		"3_c.sql", table("c"))
	d.want(migratecli.Failed, "migrate up").says("applied 1 a", "failed 2 bad (statement 2 of 2").
		complains("error: ", "2_bad.sql:2:1: statement 2 of 2 failed: near \"TABEL\": syntax error (1)",
			"1 | CREATE TABLE b", "2 | CREATE TABEL c", "was rolled back and has left nothing",
			"done       1 a", "failed     2 bad", "not tried  3 c")
	doc := parse[migrate.Result](d.want(migratecli.Failed, "migrate up --json"))
	equal(t, "outcome", doc.Outcome, "failed")
	equal(t, "driver", doc.Database.Driver, "sqlite")
	equal(t, "line", doc.Error.Migration.Line, 2)
	equal(t, "rolled back", doc.Error.Migration.RolledBack, true)
	equal(t, "not tried", len(doc.Data.NotTried), 1)
	equal(t, "failed", doc.Data.Failed.Name, "bad")
}

func TestACommandLineThatIsWrongHasACodeOfItsOwn(t *testing.T) {
	d := newDesk(t, "1_a.sql", table("a"))
	d.want(migratecli.BadUsage, "").complains("a command is missing", "see sqlscope --help")
	d.want(migratecli.BadUsage, "migrate statsu").complains(`no command "statsu"; did you mean "status"?`)
	d.want(migratecli.BadUsage, "migrate status --jsn").complains("-jsn", "see sqlscope migrate status --help")
	d.want(migratecli.BadUsage, "migrate goto").complains("migrate goto takes VERSION")
	d.want(migratecli.BadUsage, "migrate up now").complains("takes no arguments")
	d.want(migratecli.BadUsage, "migrate up --order odd").complains("strict, any, skip")
	d.want(migratecli.BadUsage, "migrate up --dir /no/such/place").complains("there is no directory /no/such/place")
	d.want(migratecli.BadUsage, "ping --database oracle://h/x").complains(`no driver for scheme "oracle:"`)
	delete(d.env, "DATABASE_URL")
	d.want(migratecli.BadUsage, "migrate up").complains("set DATABASE_URL, or give --database")
	doc := parse[any](d.want(migratecli.BadUsage, "migrate up --json --what"))
	equal(t, "outcome", doc.Outcome, "usage")
}

func TestPingTellsWhetherTheDatabaseAnswers(t *testing.T) {
	d := newDesk(t)
	d.want(migratecli.Fine, "ping").says("sqlite ", "answered in")
	o := d.want(migratecli.Unreachable, "ping --database postgres://app:hunter2@127.0.0.1:1/x --wait 600ms")
	o.complains("cannot connect", "127.0.0.1:1")
	doc := parse[struct{ Tries int }](d.want(migratecli.Unreachable,
		"ping --json --wait 600ms --database postgres://app:hunter2@127.0.0.1:1/x"))
	equal(t, "tries", doc.Data.Tries, 2)
	equal(t, "address", doc.Database.Address, "127.0.0.1:1/x")
}

func TestStatusTellsByItsCodeThatMigrationsArePending(t *testing.T) {
	d := newDesk(t, "1_a.sql", table("a"))
	d.want(migratecli.Pending, "migrate status --exit-code")
	d.want(migratecli.Pending, "migrate plan --exit-code")
	doc := parse[migrate.Status](d.want(migratecli.Pending, "migrate status --exit-code --json"))
	equal(t, "pending", doc.Data.Pending, 1)
	equal(t, "state", doc.Data.Entries[0].State, migrate.StatePending)
	d.want(migratecli.Fine, "migrate up --quiet").says()
	d.want(migratecli.Fine, "migrate status --exit-code")
	d.want(migratecli.Fine, "migrate plan --exit-code")
}

func TestHelpIsShownForEveryCommandInEveryWay(t *testing.T) {
	d := newDesk(t)
	for _, line := range []string{"--help", "-h", "help", "--json --help"} {
		d.want(migratecli.Fine, line).says("sqlscope COMMAND [flags]", "Commands", "doctor", "--database")
	}
	for _, line := range []string{"migrate --help", "migrate help", "help migrate"} {
		d.want(migratecli.Fine, line).says("sqlscope migrate COMMAND", "goto VERSION", "Flags of sqlscope")
	}
	for _, line := range []string{"migrate up --help", "migrate help up", "help migrate up", "migrate goto --help"} {
		d.want(migratecli.Fine, line).says("--dry-run", "Flags of sqlscope migrate")
	}
	d.want(migratecli.BadUsage, "help migrate odd").complains(`no command "help migrate odd"`)
}

func TestCompletionKnowsCommandsAndFlags(t *testing.T) {
	d := newDesk(t)
	for _, shell := range []string{"bash", "zsh", "fish", "pwsh"} {
		d.want(migratecli.Fine, "completion "+shell).says("generate-shell-completion")
	}
	d.want(migratecli.Fine, "migrate --generate-shell-completion").says("up:apply what is pending", "unlock:")
	d.want(migratecli.Fine, "migrate up --d --generate-shell-completion").says("--dry-run:", "--dir:")
}
