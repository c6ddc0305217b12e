package archtest

import (
	"strings"
	"testing"
)

// broken imports, at least one for each row of Arrows; the word is part of that row's reason.
var broken = []struct{ file, imports, reason string }{
	{"drivers/a.go", "github.com/jackc/pgx/v5", "depends on nothing"},
	{"drivers/a.go", "./drivers/connpool", "depends on nothing"},
	{"drivers/postgres/a.go", "./session", "not who uses it"},
	{"drivers/connpool/a.go", "./scoped/scopedhttp", "not who uses it"},
	{"drivers/odbc/a.go", "./migrate", "not who uses it"},
	{"session/a.go", "./drivers/sqlite", "no driver"},
	{"session/internal/x/a.go", "./internal/any", "no driver"},
	{"session/a.go", "github.com/google/uuid", "no driver"},
	{"scoped/a.go", "./drivers", "whose session"},
	{"scoped/scopedgrpc/a.go", "./migrate", "siblings on top"},
	{"migrate/migratecli/a.go", "./scoped", "outside any scope"},
	{"migrate/a.go", "./drivers/mysql", "works on any driver"},
	{"migrate/migratecli/a.go", "./drivers/postgres", "given its drivers"},
	{"migrate/a.go", "github.com/urfave/cli/v3", "compile a command line"},
	{"session/a_test.go", "./examples/webapp", "at the top"},
	{"scoped/a_test.go", "./internal/archtest", "at the top"},
	{"scoped/a.go", "net/http", "2.5 MB"},
	{"migrate/a.go", "net/http/httptest", "2.5 MB"},
	{"cmd/sqlscope/a.go", "net/http", "2.5 MB"},
	{"session/a.go", "./internal/fakedriver", "must not reach users"},
	{"drivers/drivertest/a.go", "./internal/netproxy", "must not reach users"},
	{"session/a.go", "testing", "registers flags"},
	{"session/a.go", "testing/synctest", "registers flags"},
	{"drivers/sqlite/a.go", "./drivers/drivertest", "registers flags"},
	{"drivers/postgres/a_test.go", "github.com/testcontainers/testcontainers-go", "122 lines"},
	{"scoped/scopedhttp/a.go", "database/sql", "disguise"},
	{"scoped/scopedpgx/a.go", "./drivers/postgres", "bring none along"},
	{"session/a.go", "github.com/jackc/pgx/v5", "compile its client"},
	{"drivers/postgres/a.go", "./drivers/sqlite", "leaves"},
	{"drivers/mysql/a.go", "./drivers/sqlite", "leaves"},
	{"drivers/sqlite/a.go", "./drivers/mysql", "leaves"},
	{"drivers/odbc/a.go", "./drivers/postgres", "leaves"},
	{"drivers/connpool/a.go", "./drivers/sqlite", "leaves"},
	{"drivers/drivertest/a.go", "./drivers/sqlite/internal/x", "leaves"},
}

var legal = []struct{ file, imports string }{
	{"drivers/a.go", "database/sql/driver"},
	{"drivers/a_test.go", "./internal/leakcheck"},
	{"drivers/sqlite/a.go", "./drivers/connpool"},
	{"drivers/sqlite/a.go", "modernc.org/sqlite"},
	{"drivers/sqlite/example_test.go", "./session"},
	{"drivers/drivertest/a.go", "testing"},
	{"session/a.go", "./drivers/placeholder"},
	{"session/a.go", "./session/internal/x"},
	{"session/a_test.go", "./drivers/sqlite"},
	{"scoped/a.go", "./session"},
	{"scoped/scopedhttp/a.go", "net/http"},
	{"scoped/scopedtest/a.go", "testing"},
	{"scoped/scopedsql/a.go", "database/sql/driver"},
	{"scoped/scopedpgx/a.go", "github.com/jackc/pgx/v5"},
	{"scoped/a_test.go", "net/http/httptest"},
	{"migrate/migratecli/a.go", "github.com/urfave/cli/v3"},
	{"cmd/sqlscope/a.go", "./drivers/postgres"},
	{"examples/webapp/main.go", "net/http"},
	{"internal/fakedriver/a.go", "testing"},
	{"internal/testbed/a.go", "github.com/testcontainers/testcontainers-go"},
	{"testdriver/a.go", "./sessions"}, // a prefix is not a folder
}

func TestEveryArrowCanBreak(t *testing.T) {
	fired := make([]bool, len(Arrows))
	for _, b := range broken {
		tree := repository(t, map[string]string{b.file: importing(b.imports)})
		for i, rule := range Arrows {
			found := tree.CheckImports([]ImportRule{rule})
			if strings.Contains(rule.Reason, b.reason) && len(found) > 0 {
				wantOne(t, found, b.file+":4", rule.Instead)
				fired[i] = true
			}
		}
		if found := tree.CheckImports(Arrows); !strings.Contains(text(found), b.reason) {
			t.Errorf("%s imports %s: got %v, want a reason with %q",
				b.file, b.imports, found, b.reason)
		}
	}
	for i, rule := range Arrows {
		if !fired[i] {
			t.Errorf("no fixture breaks the rule for %v: %s", rule.In, rule.Reason)
		}
	}
}

func TestLegalImportsBreakNoArrow(t *testing.T) {
	for _, l := range legal {
		t.Run(l.file+" imports "+l.imports, func(t *testing.T) {
			tree := repository(t, map[string]string{l.file: importing(l.imports)})
			wantNone(t, tree.CheckImports(Arrows))
		})
	}
}

func TestBuildTagsHideNothing(t *testing.T) {
	source := "//go:build never && windows\n\n" + importing("./scoped")
	tree := repository(t, map[string]string{"drivers/sqlite/a_windows.go": source})
	wantOne(t, tree.CheckImports(Arrows), "drivers/sqlite/a_windows.go:6", "not who uses it")
}

func TestAFileThatDoesNotParseIsReportedAndTheOthersAreStillChecked(t *testing.T) {
	tree := repository(t, map[string]string{
		"session/half.go": "package session\nfunc (",
		"session/full.go": importing("./scoped"),
	})
	wantOne(t, tree.Broken, "session/half.go", "does not parse")
	wantOne(t, tree.CheckImports(Arrows), "session/full.go:4", "no driver")
}

func TestOnlyFoldersThatGoIgnoresAreNotEntered(t *testing.T) {
	tree := repository(t, map[string]string{
		"session/testdata/a.go": "not Go", ".git/a.go": "not Go", "_old/a.go": "not Go",
		"data/a.go": importing("fmt"), "drivers/odbc/go.mod": "module nested\n",
		"drivers/odbc/a.go": importing("./session"),
	})
	if got := strings.Join(tree.Skipped, " "); got != ".git _old session/testdata" {
		t.Errorf("skipped %q", got)
	}
	wantOne(t, tree.CheckImports(Arrows), "drivers/odbc/a.go:4", "not who uses it")
}

func text(found []Violation) string {
	var all strings.Builder
	for _, violation := range found {
		all.WriteString(violation.String() + "\n")
	}
	return all.String()
}
