package sqlite_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
)

// examine returns what an examination says of the database, and its findings.
func examine(t *testing.T, url string) (*drivers.Examination, []string) {
	t.Helper()
	x, err := writer(t, openPool(t, url, 2)).Conn.(drivers.Examiner).Examine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var subjects []string
	for _, f := range x.Findings {
		subjects = append(subjects, f.Severity.String()+" "+f.Subject)
	}
	return x, subjects
}

func TestAnExaminationFindsTheSettingsThatBite(t *testing.T) {
	x, found := examine(t, fileURL(t))
	if x.Product != "SQLite" || x.Version == "" || len(found) != 0 {
		t.Errorf("%s %s with the defaults has findings %v", x.Product, x.Version, found)
	}
	for param, want := range map[string]string{
		"?busy_timeout=0":      "problem busy_timeout",
		"?synchronous=off":     "problem synchronous",
		"?journal_mode=delete": "warning journal_mode",
		"?foreign_keys=false":  "warning foreign_keys",
	} {
		if _, found := examine(t, fileURL(t)+param); !slices.Equal(found, []string{want}) {
			t.Errorf("with %s the findings are %v, want %s", param, found, want)
		}
	}
	if _, found := examine(t, memory); !slices.Equal(found, []string{"warning memory"}) {
		t.Errorf("in memory the findings are %v", found)
	}
}

func TestAnExaminationLeavesNoFileBehind(t *testing.T) {
	url := fileURL(t)
	examine(t, url)
	left, err := filepath.Glob(filepath.Join(filepath.Dir(url[len("sqlite:///"):]), ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := os.Stat(url[len("sqlite:///"):]); err != nil {
		t.Error(err)
	}
}
