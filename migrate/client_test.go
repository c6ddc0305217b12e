package migrate_test

import (
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// client gives a script to the database's own client, which has to run all of it.
func (b *bed) client(script string) {
	b.Helper()
	if strings.TrimSpace(script) == "" {
		return // "Query was empty"
	}
	switch b.kind {
	case "postgres":
		b.run(script, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", b.url)
	case "mysql":
		// The server splits the text, which has procedures without DELIMITER.
		b.run("DELIMITER @@@@\n"+script+"\n@@@@\n", "mariadb",
			append([]string{"--comments", "--default-character-set=utf8mb4"}, b.mysqlArgs()...)...)
	case "sqlite":
		// The shell has no functions of Authelia, and there are no rows.
		script = strings.NewReplacer("BIN2B64(", "hex(", "B642BIN(", "hex(").Replace(script)
		b.run(script, "sqlite3", "-bail", b.file())
	}
}

// dump is the schema as the database's own client writes it, without the history, and
// without what differs from dump to dump.
func (b *bed) dump() string {
	b.Helper()
	var text string
	switch b.kind {
	case "postgres":
		text = b.run("", "pg_dump", "--schema-only", "--no-owner", "--exclude-table=sqlscope_migrations*",
			"--exclude-schema=sqlscope*", b.url)
	case "mysql":
		args := append([]string{"--no-data", "--routines", "--events", "--skip-dump-date"}, b.mysqlArgs()...)
		database := args[len(args)-1]
		for _, table := range []string{"sqlscope_migrations", "sqlscope_migrations_statements"} {
			args = append(args, "--ignore-table="+database+"."+table)
		}
		text = strings.ReplaceAll(b.run("", "mariadb-dump", args...), database, "db")
	case "sqlite":
		text = b.run("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE tbl_name NOT LIKE 'sqlscope%' "+
			"ORDER BY type, name;", "sqlite3", b.file())
	}
	return noise.ReplaceAllString(text, "")
}

// noise: comments, psql's commands, and counters.
var noise = regexp.MustCompile(`(?m)^(--.*|\\.*|)\n| AUTO_INCREMENT=\d+`)

func (b *bed) mysqlArgs() []string {
	u, err := url.Parse(b.url)
	noErr(b, err)
	password, _ := u.User.Password()
	return []string{"--host=" + u.Hostname(), "--port=" + u.Port(), "--user=" + u.User.Username(),
		"--password=" + password, strings.TrimPrefix(u.Path, "/")}
}

func (b *bed) file() string { return strings.TrimPrefix(b.url, "sqlite://") }

// run runs a program, which testdata/setup.sh installs, and returns what it prints.
func (b *bed) run(stdin, program string, args ...string) string {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), program, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s: %v\n%s", program, err, stderr.String())
	}
	return string(out)
}

// TestADumpOfAClientIsAMigration loads what the databases' own clients write, triggers,
// routines and rows included, and compares with a dump of the result.
func TestADumpOfAClientIsAMigration(t *testing.T) {
	corpora(t) // the clients are there where these are
	onEach(t, "postgres mysql sqlite", func(t *testing.T, b *bed) {
		b.exec(programs[b.kind][0], "INSERT INTO t (id, a) VALUES (1, 1), (2, 2)")
		for _, sql := range programs[b.kind] {
			if strings.HasPrefix(sql, "CREATE TRIGGER") || strings.HasPrefix(sql, "CREATE FUNCTION") {
				if !strings.Contains(sql, "INSTEAD OF") {
					b.exec(sql)
				}
			}
		}
		text := b.full()
		other := newBed(t, b.kind)
		other.up(files{"1_dump.sql": "-- sqlscope: no transaction\n-- sqlscope: no variables\n" + text})
		if got, want := other.dump(), b.dump(); got != want {
			t.Errorf("the schema differs\n%s", difference(got, want))
		}
		equal(t, "rows", other.count("SELECT count(*) FROM t"), 2)
	})
}

// full is a dump with rows.
func (b *bed) full() string {
	switch b.kind {
	case "postgres":
		return b.run("", "pg_dump", "--no-owner", b.url)
	case "mysql":
		return b.run("", "mariadb-dump", append([]string{"--routines", "--events", "--skip-add-locks"},
			b.mysqlArgs()...)...)
	}
	return b.run(".dump\n", "sqlite3", b.file())
}
