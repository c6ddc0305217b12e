package peers

import (
	"slices"
	"testing"
	"time"
)

// BenchmarkThousandMigrations applies a thousand migrations of one statement to an
// empty database, with goose and with ours, which take turns at going first. It
// reports how many times as long goose took: the median of the pairs, and the least.
func BenchmarkThousandMigrations(b *testing.B) {
	far := func(b *testing.B) *place { return postgres(b, time.Millisecond) }
	near := func(b *testing.B) *place { return postgres(b, 0) }
	for _, c := range []struct {
		name string
		at   func(b *testing.B) *place
		peer runner
	}{
		{"postgres-1ms/goose", far, gooses},
		{"postgres-1ms/goose-locked", far, goosesLocked},
		{"postgres-loopback/goose", near, gooses},
		{"sqlite/goose", func(*testing.B) *place { return sqlite() }, gooses},
	} {
		b.Run(c.name, func(b *testing.B) { compare(b, c.at(b), c.peer, 1000) })
	}
}

func compare(b *testing.B, p *place, peer runner, n int) {
	files := series(n)
	var ratios []float64
	var our, their time.Duration
	for b.Loop() {
		runs := []struct {
			run  runner
			took *time.Duration
		}{{ours, &our}, {peer, &their}}
		if len(ratios)%2 == 1 {
			slices.Reverse(runs)
		}
		for _, r := range runs {
			at := p.fresh(b)
			*r.took = r.run.timed(b, at, files, n)
			p.drop(b, at)
		}
		ratios = append(ratios, float64(their)/float64(our))
	}
	slices.Sort(ratios)
	b.ReportMetric(0, "ns/op") // the sum of both says nothing
	b.ReportMetric(ratios[len(ratios)/2], "median-ratio")
	b.ReportMetric(ratios[0], "least-ratio")
	b.Logf("ratios %.2f", ratios)
}
