package bed

import (
	"context"
	"fmt"
	"time"
)

// Servers answer within a second or two; on a loaded machine it takes longer.
const (
	readyTimeout = 90 * time.Second
	readyPause   = 50 * time.Millisecond
)

// await returns nil as soon as the server answers, and an error when it has
// ended (running says so) or does not answer in time.
func await(ctx context.Context, dsn string, ping func(context.Context, string) error, running func() error) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	for {
		pingErr := ping(ctx, dsn)
		if pingErr == nil {
			return nil
		}
		if err := running(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w: %w", context.Cause(ctx), pingErr)
		case <-time.After(readyPause):
		}
	}
}
