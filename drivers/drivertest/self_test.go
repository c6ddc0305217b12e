package drivertest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
)

func TestTheSuiteNamesNoDatabase(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?i)postgres|pgx|mysql|maria|sqlite|odbc|oracle|sql ?server`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := names.Find(text); found != nil {
			t.Errorf("%s names %q; a case asks for a capability", file, found)
		}
	}
}

func BenchmarkFake(b *testing.B) {
	RunBenchmarks(b, newFake(fakedriver.Options{}).harness())
}
