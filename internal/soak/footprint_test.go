package soak

import (
	"runtime"
	"strings"
	"sync"
	"testing"
)

const mb = 1 << 20

// wantGrown checks that a footprint finds the one thing that grows.
func wantGrown(t *testing.T, before Footprint, what string) {
	t.Helper()
	grown := strings.Join(Look().Grown(before, Footprint{Heap: 8 * mb, Resident: 24 * mb, Threads: 4}), "; ")
	if !strings.Contains(grown, what) {
		t.Errorf("%q does not tell of %s", grown, what)
	}
}

func TestTheFootprintFindsMemoryThatIsKept(t *testing.T) {
	before := Look()
	kept := make([]byte, 64*mb)
	for i := range kept {
		kept[i] = 1
	}
	wantGrown(t, before, "bytes of heap")
	if runtime.GOOS == "linux" {
		wantGrown(t, before, "bytes resident")
	}
	runtime.KeepAlive(kept)
}

func TestTheFootprintFindsThreads(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells the threads")
	}
	before := Look()
	end, all, up := make(chan struct{}), sync.WaitGroup{}, sync.WaitGroup{}
	for range 24 {
		up.Add(1)
		all.Go(func() {
			runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
			up.Done()
			<-end
		})
	}
	up.Wait()
	wantGrown(t, before, "threads")
	close(end)
	all.Wait()
}

func TestAFootprintThatStaysHasNotGrown(t *testing.T) {
	before := Footprint{Heap: 100, Resident: 200, Threads: 10}
	now := Footprint{Heap: 110, Resident: 190, Threads: 12}
	if grown := now.Grown(before, Footprint{Heap: 10, Threads: 2}); len(grown) != 0 {
		t.Errorf("%q", grown)
	}
	if grown := now.Grown(before, Footprint{Heap: 9, Threads: 1}); len(grown) != 2 {
		t.Errorf("%q, want two of them", grown)
	}
}
