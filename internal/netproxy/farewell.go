package netproxy

import (
	"context"
	"fmt"
)

// Farewell calls kill, which makes the server end its connections, and waits until the clients of
// all that were open before have been handed the end. A server lists a connection as gone before
// that: a client that looks in between still finds it alive.
func (p *Proxy) Farewell(ctx context.Context, kill func(context.Context) error) error {
	open := p.current()
	if err := kill(ctx); err != nil {
		return err
	}
	for _, l := range open {
		select {
		case <-l.told:
		case <-ctx.Done():
			return fmt.Errorf("netproxy: a connection has not been ended: %w", context.Cause(ctx))
		}
	}
	return nil
}
