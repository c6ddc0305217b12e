package connpool_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/connpool"
	"github.com/sqlscope/sqlscope/internal/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

var errDown = errors.New("server is down")

// conn is a connection to a server.
type conn struct {
	id     int
	broken atomic.Bool
	closed atomic.Bool
}

// server opens connections and counts them.
type server struct {
	mu    sync.Mutex // guards the fields below
	conns []*conn
	pings int
	down  bool
	delay func(context.Context) error // what opening waits for
	lag   func(context.Context) error // what a ping waits for
}

func (s *server) open(ctx context.Context) (*conn, error) {
	s.mu.Lock()
	delay := s.delay
	s.mu.Unlock()
	if delay != nil {
		if err := delay(ctx); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return nil, errDown
	}
	c := &conn{id: len(s.conns) + 1}
	s.conns = append(s.conns, c)
	return c, nil
}

func (s *server) close(c *conn) {
	if c.closed.Swap(true) {
		panic("closed twice")
	}
}

func (s *server) ping(ctx context.Context, c *conn) error {
	s.mu.Lock()
	s.pings++
	lag := s.lag
	s.mu.Unlock()
	if lag != nil {
		if err := lag(ctx); err != nil {
			return err
		}
	}
	if c.broken.Load() {
		return errDown
	}
	return nil
}

func (s *server) set(change func(*server)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *server) opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// forever waits until ctx ends.
func forever(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func newPool(t *testing.T, s *server, max int, opts drivers.PoolOptions) *connpool.Pool[*conn] {
	t.Helper()
	p, err := connpool.New(connpool.Config[*conn]{
		Open: s.open, Close: s.close, Ping: s.ping, Options: opts, MaxConns: max,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

func acquire(t *testing.T, p *connpool.Pool[*conn]) *connpool.Lease[*conn] {
	t.Helper()
	l, err := p.Acquire(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// use borrows a connection, gives it back and returns its number.
func use(t *testing.T, p *connpool.Pool[*conn]) int {
	t.Helper()
	l := acquire(t, p)
	defer l.Release()
	return l.Conn().id
}

func wantStats(t *testing.T, p *connpool.Pool[*conn], want drivers.PoolStats) {
	t.Helper()
	if got := p.Stats(); got != want {
		t.Errorf("stats are %+v, want %+v", got, want)
	}
}
