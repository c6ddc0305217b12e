package migrate_test

import (
	"os"
	"testing"

	"github.com/sqlscope/sqlscope/internal/leakcheck"
)

// TestMain runs the tests or, in a process that a test has started, what that
// process is for.
func TestMain(m *testing.M) {
	if spec := os.Getenv(childVariable); spec != "" {
		os.Exit(runChild(spec))
	}
	leakcheck.Main(m)
}
