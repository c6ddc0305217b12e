package soak

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// leftAfter is what a census says after leak, without patience.
func leftAfter(t *testing.T, leak func(), gauges ...Gauge) []string {
	t.Helper()
	census, err := Count(t.Context(), gauges...)
	must(t, err)
	leak()
	left, err := census.LeftAfter(t.Context(), 0)
	must(t, err)
	return left
}

func TestTheCensusIsContentWhenNothingIsLeft(t *testing.T) {
	if left := leftAfter(t, func() {}); len(left) != 0 {
		t.Errorf("%q", left)
	}
}

func TestTheCensusFindsAGoroutine(t *testing.T) {
	end := make(chan struct{})
	defer close(end)
	left := leftAfter(t, func() { go func() { <-end }() })
	if !slices.Equal(left, []string{"1 goroutines"}) {
		t.Errorf("%q", left)
	}
}

func TestTheCensusFindsAnOpenFile(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells the open files")
	}
	name := filepath.Join(t.TempDir(), "forgotten")
	var f *os.File
	left := leftAfter(t, func() {
		var err error
		f, err = os.Create(name)
		must(t, err)
	})
	defer f.Close()
	if !slices.Equal(left, []string{"1 open files: " + name}) {
		t.Errorf("%q", left)
	}
}

func TestTheCensusFindsWhatAGaugeCounts(t *testing.T) {
	var n int64
	gauge := Gauge{"handles", func(context.Context) (int64, error) { return n, nil }}
	if left := leftAfter(t, func() { n = 3 }, gauge); !slices.Equal(left, []string{"3 handles"}) {
		t.Errorf("%q", left)
	}
}

func TestTheCensusWaitsForWhatGoes(t *testing.T) {
	reads := 0
	gauge := Gauge{"sessions", func(context.Context) (int64, error) {
		reads++
		return []int64{0, 2, 1, 0}[reads-1], nil
	}}
	census, err := Count(t.Context(), gauge)
	must(t, err)
	left, err := census.Left(t.Context())
	if err != nil || len(left) != 0 || reads != 4 {
		t.Errorf("left %q, error %v, %d reads", left, err, reads)
	}
}

func TestAGaugeThatCannotCountIsAnError(t *testing.T) {
	broken := Gauge{"sessions", func(context.Context) (int64, error) { return 0, errors.New("no answer") }}
	_, err := Count(t.Context(), broken)
	if err == nil || !strings.Contains(err.Error(), "counting sessions: no answer") {
		t.Errorf("error %v", err)
	}
}
