// Package leakcheck fails tests that leave goroutines behind. A package whose code starts
// goroutines says so once:
//
//	func TestMain(m *testing.M) { leakcheck.Main(m) }
//
// A goroutine may take a moment to end after the test that owns it: the check looks again for up to
// three seconds before it complains, and prints the stacks of what is left.
package leakcheck

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// patience is how long goroutines may take to end. Long enough for a detached rollback on a busy
// machine, short enough for a run that is going to fail anyway.
const patience = 3 * time.Second

// Main runs the package's tests and exits the process: with the tests' own code when they fail,
// else with 1 and the stacks on standard error when goroutines that did not exist before are still
// running, else with 0. Call it from TestMain, after starting what is to live as long as the tests.
func Main(m *testing.M) { os.Exit(run(m, os.Stderr, patience)) }

func run(m interface{ Run() int }, out io.Writer, limit time.Duration) int {
	before := ids(snapshot())
	if code := m.Run(); code != 0 {
		return code // a failed test may well leave something behind; that is not the news
	}
	left := wait(before, limit)
	if len(left) == 0 {
		return 0
	}
	fmt.Fprintln(out, report(left, limit))
	return 1
}

// Check fails the test when goroutines started after this call are still running once the test and
// the cleanups registered after this call are done. Goroutines carry no mark of the test that
// started them, so it is not for tests that run in parallel with others.
func Check(t testing.TB) {
	t.Helper()
	check(t, patience)
}

func check(t testing.TB, limit time.Duration) {
	before := ids(snapshot())
	t.Cleanup(func() {
		t.Helper()
		if left := wait(before, limit); len(left) > 0 {
			t.Error(report(left, limit))
		}
	})
}

// Goroutines counts the running goroutines without the caller's own, those of the tests themselves
// and the standard library's background ones: what two counts differ by, the code in between
// started and did not end.
func Goroutines() int { return len(snapshot()) }

// wait polls until no goroutine is left that was not there before, or the limit has passed.
func wait(before map[string]bool, limit time.Duration) []goroutine {
	deadline := time.Now().Add(limit)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		left := without(snapshot(), before)
		if len(left) == 0 || time.Now().After(deadline) {
			return left
		}
		time.Sleep(pause)
	}
}

func report(left []goroutine, limit time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, "leakcheck: %d goroutine(s) still run after %v; who ends them?\n",
		len(left), limit)
	for _, g := range left {
		fmt.Fprintf(&b, "\n%s\n", g.stack)
	}
	return b.String()
}
