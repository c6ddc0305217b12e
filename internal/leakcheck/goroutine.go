package leakcheck

import (
	"runtime"
	"slices"
	"strings"
)

// ignored are goroutines that no test can end, by a function on their stack.
var ignored = []struct{ function, reason string }{
	{"testing.tRunner", "another test, or one that waits for its subtests"},
	{"testing.(*M).Run", "the test binary's main goroutine, seen from a test"},
	{"os/signal.loop", "started by the first signal.Notify, lives as long as the process"},
	{"os/signal.signal_recv", "the same goroutine, waiting"},
	{"runtime.ensureSigM", "the signal mask thread of the same first Notify"},
	{"runtime/pprof.profileWriter", "go test -cpuprofile; stopped after the tests"},
	{"runtime/trace.Start", "go test -trace; stopped after the tests"},
	{"runtime.runFinalizers", "the collector's own; visible only while a finalizer runs"},
	{"runtime.runCleanups", "the collector's own; visible only while a cleanup runs"},
	{"gorm.io/gorm/internal/lru.NewLRU[...]", "of each cache of prepared statements; GORM has no end for it"},
}

// goroutine is one entry of the runtime's dump.
type goroutine struct{ id, stack string }

// snapshot lists the goroutines except the caller's and the ignored ones.
func snapshot() []goroutine {
	return parse(dump())
}

// dump returns the stacks of all goroutines, the caller's first.
func dump() string {
	for size := 1 << 16; ; size *= 2 {
		stacks := make([]byte, size)
		if n := runtime.Stack(stacks, true); n < size {
			return string(stacks[:n])
		}
	}
}

func parse(dump string) []goroutine {
	var all []goroutine
	for _, stack := range strings.Split(strings.TrimSpace(dump), "\n\n")[1:] {
		// "goroutine 18 [chan receive]:" and then the frames
		if fields := strings.Fields(stack); len(fields) > 1 && !isIgnored(stack) {
			all = append(all, goroutine{id: fields[1], stack: stack})
		}
	}
	return all
}

// isIgnored looks at the functions on the stack, not at who created the goroutine: what a test
// started is exactly what is looked for. A closure in an ignored function counts as the function.
func isIgnored(stack string) bool {
	for line := range strings.Lines(stack) {
		for _, known := range ignored {
			rest, found := strings.CutPrefix(line, known.function)
			if found && strings.IndexAny(rest, "(.") == 0 {
				return true
			}
		}
	}
	return false
}

func ids(all []goroutine) map[string]bool {
	set := make(map[string]bool, len(all))
	for _, g := range all {
		set[g.id] = true
	}
	return set
}

func without(all []goroutine, before map[string]bool) []goroutine {
	return slices.DeleteFunc(all, func(g goroutine) bool { return before[g.id] })
}
