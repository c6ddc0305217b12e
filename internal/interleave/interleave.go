// Package interleave compares ways to do the same work in one benchmark.
package interleave

import (
	"slices"
	"testing"
	"time"
)

// Contender is one way to do the work.
type Contender struct {
	Name string
	Work func() error
}

// Run runs the contenders in turn, so that a noisy machine is noisy for all of
// them, and reports how many times the first one's throughput each has. It
// compares medians: a pause of the machine hits one of them and says nothing.
func Run(b *testing.B, contenders ...Contender) {
	took := make([][]time.Duration, len(contenders))
	for _, c := range contenders {
		for range 3 { // warm the caches
			if err := c.Work(); err != nil {
				b.Fatal(err)
			}
		}
	}
	for b.Loop() {
		for i, c := range contenders {
			start := time.Now()
			if err := c.Work(); err != nil {
				b.Fatal(err)
			}
			took[i] = append(took[i], time.Since(start))
		}
	}
	for i, c := range contenders[1:] {
		ratio := float64(median(took[0])) / float64(median(took[i+1]))
		b.ReportMetric(ratio, c.Name+"/"+contenders[0].Name)
	}
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
