package soak

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// Footprint is what the process takes.
type Footprint struct {
	// Heap is what Go's objects take after a collection; bytes.
	Heap int64
	// Resident is the memory of the process that is in RAM and not of a file,
	// after what Go does not need was given back; bytes. C's is part of it, and
	// so is the race detector's, which is several times that of Go's heap.
	Resident int64
	// Threads are those of the operating system. Go never gives one back.
	Threads int64
}

// Look collects garbage and looks.
func Look() Footprint {
	debug.FreeOSMemory() // collects as well
	runtime.GC()         // what the first one finalized
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return Footprint{Heap: int64(m.HeapAlloc), Resident: status("RssAnon") << 10, Threads: status("Threads")}
}

// status is a number of /proc/self/status; 0 where there is none.
func status(name string) int64 {
	text, _ := os.ReadFile("/proc/self/status") // another system has none: 0
	for line := range strings.Lines(string(text)) {
		rest, found := strings.CutPrefix(line, name+":")
		if fields := strings.Fields(rest); found && len(fields) > 0 {
			n, _ := strconv.ParseInt(fields[0], 10, 64)
			return n
		}
	}
	return 0
}

// String shows it in MB.
func (f Footprint) String() string {
	const mb = 1 << 20
	return fmt.Sprintf("heap %.1f MB, resident %.1f MB, %d threads", float64(f.Heap)/mb, float64(f.Resident)/mb,
		f.Threads)
}

// Grown says by what f is more than what it was before, beyond what the limits
// allow.
func (f Footprint) Grown(before, allowed Footprint) (all []string) {
	for _, number := range []struct {
		what                 string
		now, before, allowed int64
	}{
		{"bytes of heap", f.Heap, before.Heap, allowed.Heap},
		{"bytes resident", f.Resident, before.Resident, allowed.Resident},
		{"threads", f.Threads, before.Threads, allowed.Threads},
	} {
		if number.now > number.before+number.allowed {
			all = append(all, fmt.Sprintf("%d %s, %d when all had settled, and %d more are allowed",
				number.now, number.what, number.before, number.allowed))
		}
	}
	return all
}
