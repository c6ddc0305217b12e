package connpool

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// Config says how a [Pool] opens, checks and closes connections of type C.
type Config[C any] struct {
	// Open opens a connection. Its context ends after Options.ConnectTimeout or
	// when the pool is closed, but not when the caller who asked for the
	// connection gives up: the connection then waits for the next caller.
	Open func(ctx context.Context) (C, error)
	// Close closes a connection. It must not block for long; it is called on a
	// goroutine of its own.
	Close func(C)
	// Ping asks whether a kept connection still works. nil: kept connections
	// are trusted and the pre-ping options have no effect.
	Ping func(ctx context.Context, c C) error
	// Options are the limits; MaxConns among them is not read, because a driver
	// may divide it between several pools.
	Options drivers.PoolOptions
	// MaxConns is how many connections may be open at a time, at least 1.
	MaxConns int
}

// Errors of the pool itself.
var (
	// ErrClosed is returned by [Pool.Acquire] after [Pool.Close].
	ErrClosed = errors.New("connpool: the pool is closed")
	// ErrConnectTimeout says that opening a connection took longer than
	// ConnectTimeout. It is no context error: the caller's context is not to blame.
	ErrConnectTimeout = errors.New("connpool: connecting took longer than ConnectTimeout")
)

func (c *Config[C]) validate() error {
	switch o := &c.Options; {
	case c.Open == nil || c.Close == nil:
		return errors.New("connpool: Config needs Open and Close")
	case c.MaxConns < 1:
		return fmt.Errorf("connpool: MaxConns is %d, must be at least 1", c.MaxConns)
	case o.MinIdleConns < 0 || o.MinIdleConns > c.MaxConns:
		return fmt.Errorf("connpool: MinIdleConns is %d, must be between 0 and MaxConns (%d)",
			o.MinIdleConns, c.MaxConns)
	}
	return c.validateTimes()
}

func (c *Config[C]) validateTimes() error {
	o := &c.Options
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"MaxConnLifetime", o.MaxConnLifetime},
		{"MaxConnLifetimeJitter", o.MaxConnLifetimeJitter},
		{"MaxConnIdleTime", o.MaxConnIdleTime},
		{"PingIdleAfter", o.PingIdleAfter},
		{"PingTimeout", o.PingTimeout},
		{"ConnectTimeout", o.ConnectTimeout},
	} {
		if d.value < 0 {
			return fmt.Errorf("connpool: %s is %v, must not be negative", d.name, d.value)
		}
	}
	return nil
}
