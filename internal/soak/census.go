package soak

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sqlscope/sqlscope/internal/leakcheck"
)

// patience is how long what was let go may take to be gone.
const patience = 10 * time.Second

// Gauge is something that is counted, such as the sessions of a server.
type Gauge struct {
	// Name is what is counted, in the plural.
	Name string
	// Read counts.
	Read func(context.Context) (int64, error)
}

// Census is how much there is of what must be given back.
type Census struct {
	gauges     []Gauge
	counts     []int64
	goroutines int
	files      map[string]int
}

// Count makes a census of the goroutines, the open files and the gauges.
func Count(ctx context.Context, gauges ...Gauge) (*Census, error) {
	c := &Census{gauges: gauges, goroutines: leakcheck.Goroutines(), files: openFiles()}
	for _, g := range gauges {
		n, err := g.Read(ctx)
		if err != nil {
			return nil, fmt.Errorf("counting %s: %w", g.Name, err)
		}
		c.counts = append(c.counts, n)
	}
	return c, nil
}

// Left says what there is more of than in the census, once it has had the time
// to go.
func (c *Census) Left(ctx context.Context) ([]string, error) { return c.LeftAfter(ctx, patience) }

// LeftAfter is Left with a time of one's own.
func (c *Census) LeftAfter(ctx context.Context, limit time.Duration) ([]string, error) {
	for end := time.Now().Add(limit); ; wait(ctx, 50*time.Millisecond) {
		now, err := Count(ctx, c.gauges...)
		if err != nil {
			return nil, err
		}
		if left := now.beyond(c); len(left) == 0 || time.Now().After(end) {
			return left, nil
		}
	}
}

func (c *Census) beyond(before *Census) (left []string) {
	if n := c.goroutines - before.goroutines; n > 0 {
		left = append(left, fmt.Sprintf("%d goroutines", n))
	}
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		if n := c.files[name] - before.files[name]; n > 0 {
			left = append(left, fmt.Sprintf("%d open files: %s", n, name))
		}
	}
	for i, g := range c.gauges {
		if n := c.counts[i] - before.counts[i]; n > 0 {
			left = append(left, fmt.Sprintf("%d %s", n, g.Name))
		}
	}
	return left
}

// openFiles counts the process's open files by what they are: the number of a
// socket says nothing.
func openFiles() map[string]int {
	const dir = "/proc/self/fd"
	entries, _ := os.ReadDir(dir) // another system has none
	files := map[string]int{}
	for _, e := range entries {
		name, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err == nil {
			files[kindOf(name)]++
		}
	}
	return files
}

func kindOf(name string) string {
	for _, kind := range []string{"socket:", "pipe:"} {
		if len(name) > len(kind) && name[:len(kind)] == kind {
			return kind
		}
	}
	return name
}
