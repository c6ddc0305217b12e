package leakcheck

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// leakIn makes a child process of this test binary leak a goroutine.
const leakIn = "SQLSCOPE_LEAKCHECK_CHILD"

func TestMain(m *testing.M) { Main(m) }

func TestMainExitsWithOneAndTheStacksWhenATestLeaks(t *testing.T) {
	out, err := child(t, "leak")
	if err == nil || !strings.Contains(err.Error(), "exit status 1") {
		t.Errorf("error %v, want exit status 1", err)
	}
	for _, want := range []string{"PASS", "leakcheck: 1 goroutine(s) still run", "leakcheck.forever"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}

func TestMainExitsWithZeroWhenNothingLeaks(t *testing.T) {
	if out, err := child(t, "clean"); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

// TestInTheChildProcess does nothing unless it runs in a child of the tests above.
func TestInTheChildProcess(t *testing.T) {
	if os.Getenv(leakIn) == "leak" {
		go forever(nil)
	}
}

func child(t *testing.T, mode string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestInTheChildProcess$")
	cmd.Env = append(os.Environ(), leakIn+"="+mode)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func forever(end <-chan struct{}) { <-end }

// mainOf stands in for *testing.M.
type mainOf func() int

func (m mainOf) Run() int { return m() }

func TestTheCodeOfFailedTestsIsKeptAndTheirLeaksAreNotReported(t *testing.T) {
	end := make(chan struct{})
	defer close(end)
	var out strings.Builder
	code := run(mainOf(func() int { go forever(end); return 2 }), &out, 0)
	if code != 2 || out.Len() > 0 {
		t.Errorf("exit %d, output %q", code, out.String())
	}
}

func TestGoroutinesThatWereThereBeforeAreNoLeak(t *testing.T) {
	end := make(chan struct{})
	defer close(end)
	go forever(end)
	var out strings.Builder
	if code := run(mainOf(func() int { return 0 }), &out, 0); code != 0 {
		t.Errorf("exit %d: %s", code, out.String())
	}
}

func TestAGoroutineMayTakeAMomentToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := ids(snapshot())
		go time.Sleep(2 * time.Second)
		if left := wait(before, patience); len(left) != 0 {
			t.Error(report(left, patience))
		}
	})
}

// recorder is a testing.TB that keeps what it is told.
type recorder struct {
	testing.TB
	cleanups []func()
	errors   []string
}

func (*recorder) Helper()             {}
func (r *recorder) Cleanup(f func())  { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Error(args ...any) { r.errors = append(r.errors, fmt.Sprint(args...)) }

func TestCheckFailsTheTestThatLeaks(t *testing.T) {
	end := make(chan struct{})
	r := &recorder{TB: t}
	check(r, 10*time.Millisecond)
	go forever(end)
	r.cleanups[0]()
	close(end)
	if len(r.errors) != 1 || !strings.Contains(r.errors[0], "leakcheck.forever") {
		t.Errorf("errors %q, want one with the stack", r.errors)
	}
}

func TestCheckIsContentWhenEverythingEnded(t *testing.T) {
	r := &recorder{TB: t}
	Check(r)
	end := make(chan struct{})
	go forever(end)
	close(end)
	r.cleanups[0]()
	if len(r.errors) != 0 {
		t.Errorf("errors %q", r.errors)
	}
}

func TestTheSignalGoroutineIsNoLeak(t *testing.T) {
	Check(t)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	signal.Stop(signals)
}

func TestGoroutinesCountsWhatTheTestStarted(t *testing.T) {
	before := Goroutines()
	end := make(chan struct{})
	defer close(end)
	for range 3 {
		go forever(end)
	}
	if got := Goroutines() - before; got != 3 {
		t.Errorf("%d more goroutines, want 3", got)
	}
}

func TestOnlyWholeFunctionNamesAreIgnored(t *testing.T) {
	for stack, want := range map[string]bool{
		"goroutine 1 [chan receive]:\ntesting.tRunner(0x1)\n":              true,
		"goroutine 1 [chan receive]:\ntesting.tRunner.func1(0x1)\n":        true,
		"goroutine 1 [chan receive]:\ntesting.tRunnerUp(0x1)\n":            false,
		"goroutine 1 [chan receive]:\nx.F()\ncreated by testing.tRunner\n": false,
	} {
		if got := isIgnored(stack); got != want {
			t.Errorf("ignored %v, want %v:\n%s", got, want, stack)
		}
	}
}
