package migratecli

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
)

// pingData is how the database answered.
type pingData struct {
	Elapsed time.Duration `json:"elapsed"`
	Tries   int           `json:"tries"`
}

func (c *call) ping() *cli.Command {
	var wait time.Duration
	return c.leaf(leaf{name: "ping", help: "see whether the database answers",
		flags: []cli.Flag{c.period("wait", &wait, "try again for so long until it does")},
		do:    func(ctx context.Context, _ []string) error { return c.runPing(ctx, wait) }})
}

func (c *call) runPing(ctx context.Context, wait time.Duration) error {
	if err := c.open(ctx); err != nil {
		return err
	}
	data, err := c.answer(ctx, wait)
	c.data = data
	if err == nil && c.talks() {
		desc := c.engine.Describe()
		fmt.Fprintf(c.out.W, "%s %s answered in %s\n", desc.Driver, desc.Address, term.Duration(data.Elapsed))
	}
	return err
}

// answer pings until the database answers or the time is over.
func (c *call) answer(ctx context.Context, wait time.Duration) (*pingData, error) {
	const pause = 500 * time.Millisecond
	data := &pingData{}
	for end := time.Now().Add(wait); ; {
		began := time.Now()
		err := c.engine.Ping(ctx)
		data.Tries++
		data.Elapsed = time.Since(began)
		if err == nil || !isUnreachable(err) || time.Now().Add(pause).After(end) || !sleep(ctx, pause) {
			return data, err
		}
	}
}

// sleep waits, and reports whether ctx held so long.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
