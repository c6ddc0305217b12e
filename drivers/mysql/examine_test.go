package mysql_test

import (
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
)

func examine(t *testing.T, dsn string) *drivers.Examination {
	t.Helper()
	c, err := open(t, dsn).Acquire(t.Context(), drivers.Need{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	found, err := c.(drivers.Examiner).Examine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// severities are the findings about a subject, the worst first.
func severities(x *drivers.Examination, subject string) []drivers.Severity {
	var found []drivers.Severity
	for _, f := range x.Findings {
		if f.Subject == subject {
			found = append(found, f.Severity)
		}
	}
	return found
}

func TestAnExaminationFindsTheSettingsThatBite(t *testing.T) {
	plain := examine(t, dsn(t))
	if plain.Product != "MariaDB" && plain.Product != "MySQL" || plain.Version == "" {
		t.Errorf("examined %q version %q", plain.Product, plain.Version)
	}
	if len(severities(plain, "ddl")) != 1 {
		t.Errorf("nothing is said of DDL that commits: %v", plain.Findings)
	}
	for _, c := range []struct {
		param, value, subject string
		severity              drivers.Severity
	}{
		{"set.sql_mode", "STRICT_TRANS_TABLES,NO_BACKSLASH_ESCAPES", "sql_mode", drivers.Problem},
		{"set.sql_mode", "NO_ENGINE_SUBSTITUTION", "sql_mode", drivers.Warning},
		{"set.sql_mode", "STRICT_TRANS_TABLES,ANSI_QUOTES", "sql_mode", drivers.Warning},
		{"set.default_storage_engine", "MyISAM", "default_storage_engine", drivers.Problem},
		{"set.wait_timeout", "30", "wait_timeout", drivers.Warning},
	} {
		if got := severities(plain, c.subject); len(got) != 0 {
			t.Errorf("without %s=%s %s is found as well: %v", c.param, c.value, c.subject, got)
		}
		got := severities(examine(t, with(t, dsn(t), c.param, c.value)), c.subject)
		if len(got) != 1 || got[0] != c.severity {
			t.Errorf("with %s=%s the findings are %v, want %v", c.param, c.value, got, c.severity)
		}
	}
}
