package migratecli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/lint"
	"github.com/sqlscope/sqlscope/migrate/migratecli"
)

// records are what commands that write the history show.
type records struct{ Records []migrate.Record }

func TestBaselineDeclaresWhatIsThereAndImportIsRefusedThen(t *testing.T) {
	d := newDesk(t, "1_a.sql", table("a"), "2_b.sql", table("b"), "3_c.sql", table("c"))
	doc := parse[records](d.want(migratecli.Fine, "migrate baseline 2 --json"))
	equal(t, "records", len(doc.Data.Records), 2)
	equal(t, "kind", doc.Data.Records[1].Kind, migrate.KindBaseline)
	d.want(migratecli.Refused, "migrate import").complains("has 2 migrations in its history already")
	d.want(migratecli.Refused, "migrate baseline 3").complains("already")
	d.want(migratecli.Fine, "migrate up").says("applied 3 c")
	d.want(migratecli.Fine, "migrate history").says("baseline", "tester", "OUTCOME")
	last := parse[records](d.want(migratecli.Fine, "migrate history --last 1 --json"))
	equal(t, "records", len(last.Data.Records), 1)
	equal(t, "name", last.Data.Records[0].Name, "c")
	equal(t, "applied by", last.Data.Records[0].AppliedBy, "tester")
}

func TestImportTakesOverTheHistoryOfAnotherTool(t *testing.T) {
	d := newDesk(t, "1_make.sql", "CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, dirty BOOLEAN);\n"+
		"INSERT INTO schema_migrations VALUES (2, FALSE);\n")
	d.want(migratecli.Fine, "migrate up --table other")
	d.write("1_make.sql", table("a"), "2_b.sql", table("b"), "3_c.sql", table("c"))
	d.want(migratecli.Refused, "migrate up").complains("tables and no history")
	d.want(migratecli.BadUsage, "migrate import --from-table x").complains("--from-table needs --from")
	d.want(migratecli.BadUsage, "migrate import --from odd").complains("golang-migrate")
	d.want(migratecli.Fine, "migrate import --from golang-migrate").says("recorded 1 make (import)",
		"recorded 2 b (import)")
	d.want(migratecli.Fine, "migrate up").says("applied 3 c")
}

func TestAnEditIsRefusedUntilItIsAccepted(t *testing.T) {
	d := newDesk(t, "1_a.sql", table("a"), "2_b.sql", table("b"))
	d.want(migratecli.Fine, "migrate up")
	d.want(migratecli.Fine, "migrate verify").says("the history and the files fit")
	d.write("1_a.sql", table("a_edited"))
	doc := parse[migrate.Result](d.want(migratecli.Refused, "migrate up --json"))
	equal(t, "problem", doc.Error.Problems[0].Kind, "edited")
	d.want(migratecli.Found, "migrate verify").says("1_a.sql (version 1) was edited")
	d.want(migratecli.Fine, "migrate up --edited allow")
	d.want(migratecli.Fine, "migrate accept 1").says("recorded 1 a (accept)")
	d.want(migratecli.Fine, "migrate accept").says("nothing to record")
	d.want(migratecli.Fine, "migrate verify")
}

func TestLintShowsWhatIsDangerousAndHowToDoItSafely(t *testing.T) {
	d := newDesk(t, "1_a.sql", table("a"), "2_drop.sql", "DROP TABLE a;\n", "3_drop.sql", "\n  DROP TABLE b;\n")
	o := d.want(migratecli.Found, "migrate lint").says("2_drop.sql:1:1: drop-table", "why ", "do  ", "2 findings")
	if !strings.Contains(o.out, filepath.Join(d.dir, "3_drop.sql")+":2:3:") {
		t.Errorf("the file's name is not as one would open it: %s", o.out)
	}
	d.want(migratecli.Found, "migrate lint --since 2").says("3_drop.sql:2:3: drop-table", "1 finding")
	d.want(migratecli.Fine, "migrate lint 1").says("nothing found")
	d.want(migratecli.Fine, "migrate lint --ignore drop-table").says("nothing found")
	d.want(migratecli.BadUsage, "migrate lint --ignore odd").complains(`no rule "odd"`)
	d.want(migratecli.Found, "migrate lint 2 --dialect postgres").says("lock-timeout")
	d.want(migratecli.Found, "migrate lint 2 --dialect postgres --lock-timeout 2s").says("1 finding")
	doc := parse[struct {
		Dialect  string
		Findings []lint.Finding
	}](d.want(migratecli.Found, "migrate lint 2 --json"))
	equal(t, "dialect", doc.Data.Dialect, "sqlite")
	equal(t, "rule", doc.Data.Findings[0].Rule, "drop-table")
	d.want(migratecli.Fine, "migrate plan").complains("drop-table", "2 findings")
}

func TestANewMigrationFollowsTheOthers(t *testing.T) {
	for name, c := range map[string]struct{ have, line, want, text string }{
		"first":      {"", "new Add Orders!", "0001_add_orders.sql", "-- sqlscope: up"},
		"as wide":    {"007_x.sql", "new y", "008_y.sql", "-- sqlscope: down"},
		"wider":      {"9_x.sql", "new y", "10_y.sql", ""},
		"two files":  {"1_x.up.sql", "new y", "2_y.up.sql 2_y.down.sql", ""},
		"flyway":     {"V1.2__x.sql", "new y", "V1.3__y.sql", ""},
		"asked for":  {"", "new y --format goose", "0001_y.sql", "-- +goose Up"},
		"repeatable": {"1_x.sql", "new y --repeatable", "R_y.sql", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			if c.have != "" {
				d.write(c.have, "SELECT 1;\n")
			}
			o := d.want(migratecli.Fine, "migrate "+c.line)
			for _, file := range strings.Fields(c.want) {
				o.says(filepath.Join(d.dir, file))
				text, err := os.ReadFile(filepath.Join(d.dir, file))
				noErr(t, err)
				if !strings.Contains(string(text), c.text) {
					t.Errorf("%s has %q", file, text)
				}
			}
		})
	}
	d := newDesk(t, "20240131120000_x.sql", table("a"))
	doc := parse[struct{ Version string }](d.want(migratecli.Fine, "migrate new y --json"))
	equal(t, "digits", len(doc.Data.Version), 14)
	doc = parse[struct{ Version string }](d.want(migratecli.Fine, "migrate new z --sequence --json"))
	equal(t, "digits", len(doc.Data.Version), 14)
	d.want(migratecli.BadUsage, "migrate new z --sequence --timestamp").complains("exclude each other")
	d.want(migratecli.BadUsage, "migrate new ???").complains("letters or digits")
	d.want(migratecli.Fine, "migrate verify")
}

func TestSeveralDirectoriesAreSeveralSources(t *testing.T) {
	d := newDesk(t, "app/1_a.sql", table("a"), "lib/1_b.sql", table("b"), "lib/2_c.sql", table("c"))
	delete(d.env, "SQLSCOPE_DIR")
	dirs := " --dir app=" + filepath.Join(d.dir, "app") + " --dir lib=" + filepath.Join(d.dir, "lib")
	d.want(migratecli.Fine, "migrate up --source lib"+dirs).says("applied 1 b", "applied 2 c")
	d.want(migratecli.Fine, "migrate status"+dirs).says("SOURCE", "2 applied, 1 pending")
	d.want(migratecli.Fine, "migrate up"+dirs).says("applied 1 a")
	d.want(migratecli.Refused, "migrate down"+dirs).complains("several sources; say which one")
	d.want(migratecli.Fine, "migrate history --source app"+dirs).says("1/1", "1        a")
	d.want(migratecli.BadUsage, "migrate new x"+dirs).complains("--source says which one")
	d.want(migratecli.Fine, "migrate new x --source lib"+dirs).says("lib/3_x.sql")
}

func TestWhatIsThereIsNotOverwritten(t *testing.T) {
	d := newDesk(t, "1_x.sql", table("x"))
	d.want(migratecli.Fine, "migrate new y --repeatable")
	d.write("R_y.sql", "SELECT 1;\n")
	d.want(migratecli.Failed, "migrate new y --repeatable").complains("R_y.sql: file exists")
	text, err := os.ReadFile(filepath.Join(d.dir, "R_y.sql"))
	noErr(t, err)
	equal(t, "text", string(text), "SELECT 1;\n")
}

func TestASchemaOfPostgresIsChosen(t *testing.T) {
	d := newServerDesk(t, "postgres", "1_a.sql", table("a"))
	onServer(t, d.env["DATABASE_URL"], "CREATE SCHEMA other")
	d.want(migratecli.Fine, "migrate up --schema other --table done")
	equal(t, "tables", d.count("SELECT count(*) FROM pg_tables WHERE schemaname = 'other' "+
		"AND tablename IN ('a', 'done')"), 2)
}

func TestNamesAreInJSONAsTheyAre(t *testing.T) {
	d := newDesk(t, "1_a&b.sql", table("a"))
	d.want(migratecli.Fine, "migrate status --json").says(`"a&b"`)
}
