package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/internal/netproxy"
	"github.com/sqlscope/sqlscope/session"
)

// The limits of the tests that freeze the network, and what a busy machine may
// add to them.
const (
	stallEnd     = 300 * time.Millisecond
	stallGrace   = 250 * time.Millisecond
	stallConnect = 400 * time.Millisecond
	stallPing    = 200 * time.Millisecond
	stallSlack   = 700 * time.Millisecond
)

// frozen is an engine whose network can be frozen.
type frozen struct {
	*testing.T
	proxy *netproxy.Proxy
	db    *session.Engine
	open  []*session.Session // those that the test has not closed yet
}

// stalled is what a caller does while nothing crosses the network, and how long
// it may take.
type stalled struct {
	name  string
	ping  session.PrePing
	limit time.Duration
	// prepare runs before the network stops; what it returns runs after.
	prepare func(f *frozen) func() error
	want    func(error) bool
}

func thaw(f *frozen) { f.proxy.Stall(false) }

func (f *frozen) session() *session.Session {
	s := f.db.Session()
	f.open = append(f.open, s)
	return s
}

// begun is a session inside a transaction.
func (f *frozen) begun() *session.Session {
	f.Helper()
	s := f.session()
	_, err := s.Exec(f.Context(), "select ?::int", 1)
	must(f, err)
	return s
}

// warm opens every connection of the pool.
func (f *frozen) warm() {
	f.Helper()
	var all []*session.Session
	for range f.db.Describe().MaxConns {
		all = append(all, f.begun())
	}
	for _, s := range all {
		must(f, s.Rollback(f.Context()))
	}
}

// soon is a context that ends when the network has been frozen for a while.
func (f *frozen) soon() context.Context {
	ctx, cancel := context.WithTimeout(f.Context(), 100*time.Millisecond)
	f.Cleanup(cancel)
	return ctx
}

func ended(err error) bool { return errors.Is(err, context.DeadlineExceeded) }

func lost(err error) bool { return session.KindOf(err) == session.KindConnLost }

func none(err error) bool { return err == nil }

const endless = "select generate_series(1, 100000000)"

var stalls = []stalled{
	{
		name: "connect", limit: stallConnect, want: lost,
		prepare: func(f *frozen) func() error { return func() error { return f.exec(f.Context()) } },
	}, {
		name: "connect with a context", limit: 100 * time.Millisecond, want: ended,
		prepare: func(f *frozen) func() error { return func() error { return f.exec(f.soon()) } },
	}, {
		name: "first flight", limit: 100*time.Millisecond + stallGrace, want: ended,
		prepare: func(f *frozen) func() error {
			f.warm()
			return func() error { return f.exec(f.soon()) }
		},
	}, {
		name: "statement", limit: 100*time.Millisecond + stallGrace, want: ended,
		prepare: func(f *frozen) func() error {
			s := f.begun()
			return func() error { _, err := s.Exec(f.soon(), "select 2"); return err }
		},
	}, {
		name: "argument larger than the buffers", limit: 100*time.Millisecond + stallGrace, want: ended,
		prepare: func(f *frozen) func() error {
			s := f.begun()
			_, err := s.Exec(f.Context(), "select length(?::text)", "")
			must(f, err)
			large := string(bytes.Repeat([]byte("x"), 12<<20))
			return func() error { _, err := s.Exec(f.soon(), "select length(?::text)", large); return err }
		},
	}, {
		name: "rows", limit: 100*time.Millisecond + stallGrace, want: ended,
		prepare: func(f *frozen) func() error {
			s := f.begun()
			ctx, cancel := context.WithCancel(f.Context())
			f.Cleanup(cancel)
			rows, err := s.Query(ctx, endless)
			must(f, err)
			return func() error {
				time.AfterFunc(100*time.Millisecond, cancel)
				for rows.Next() {
				}
				if errors.Is(rows.Err(), context.Canceled) {
					return context.DeadlineExceeded
				}
				return rows.Err()
			}
		},
	}, {
		name: "rows.Close", limit: 100*time.Millisecond + stallGrace, want: func(err error) bool {
			return errors.Is(err, context.Canceled)
		},
		prepare: func(f *frozen) func() error {
			s := f.begun()
			ctx, cancel := context.WithCancel(f.Context())
			f.Cleanup(cancel)
			rows, err := s.Query(ctx, endless)
			must(f, err)
			return func() error { time.AfterFunc(100*time.Millisecond, cancel); return rows.Close() }
		},
	}, {
		name: "Close of a session with open rows", limit: 0, want: none,
		prepare: func(f *frozen) func() error {
			s := f.begun()
			_, err := s.Query(f.Context(), endless)
			must(f, err)
			return s.Close
		},
	}, {
		name: "Close of a session in a transaction", limit: 0, want: none,
		prepare: func(f *frozen) func() error { return f.begun().Close },
	}, {
		name: "Rollback", limit: stallEnd + stallGrace, want: none,
		prepare: func(f *frozen) func() error {
			s := f.begun()
			return func() error { return s.Rollback(f.Context()) }
		},
	}, {
		name: "Rollback with open rows", limit: stallEnd + stallGrace, want: none,
		prepare: func(f *frozen) func() error {
			s := f.begun()
			_, err := s.Query(f.Context(), endless)
			must(f, err)
			return func() error { return s.Rollback(f.Context()) }
		},
	}, {
		name: "Commit", limit: stallEnd + stallGrace,
		want: func(err error) bool { return errors.Is(err, session.ErrCommitUnknown) },
		prepare: func(f *frozen) func() error {
			s := f.begun()
			return func() error { return s.Commit(f.Context()) }
		},
	}, {
		name: "Ping", limit: stallPing + stallConnect, want: lost,
		prepare: func(f *frozen) func() error {
			f.warm()
			return func() error { return f.db.Ping(f.Context()) }
		},
	}, {
		name: "Ping with a context", limit: 100 * time.Millisecond, want: ended,
		prepare: func(f *frozen) func() error {
			f.warm()
			return func() error { return f.db.Ping(f.soon()) }
		},
	}, {
		name: "PrePing", ping: session.PingAlways, limit: stallPing + stallConnect, want: lost,
		prepare: func(f *frozen) func() error {
			f.warm()
			return func() error { return f.exec(f.Context()) }
		},
	},
}

// exec runs a first statement.
func (f *frozen) exec(ctx context.Context) error {
	_, err := f.session().Exec(ctx, "select ?::int", 1)
	return err
}

func TestAFrozenNetworkGivesControlBackInTimeAndThePoolRecovers(t *testing.T) {
	for _, c := range stalls {
		t.Run(c.name, func(t *testing.T) {
			f := &frozen{T: t}
			var dsn string
			f.proxy, dsn = proxied(t)
			f.db = f.engine(dsn, c.ping)
			act := c.prepare(f)
			f.proxy.Stall(true)
			t.Cleanup(func() { thaw(f) })
			f.within(c.limit, func() {
				if err := act(); !c.want(err) {
					t.Errorf("error is %v", err)
				}
			})
			f.within(0, func() {
				for _, s := range f.open {
					must(t, s.Close())
				}
			})
			thaw(f)
			f.recovers()
		})
	}
}

func (f *frozen) engine(dsn string, ping session.PrePing) *session.Engine {
	f.Helper()
	e, err := session.Open(f.Context(), dsn, session.Options{MaxConns: 3, PrePing: ping,
		EndTimeout: stallEnd, CancelGrace: stallGrace, ConnectTimeout: stallConnect,
		PingTimeout: stallPing}, postgres.Driver)
	must(f, err)
	f.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		must(f, e.Close(ctx))
	})
	return e
}

// within fails the test when do takes longer than it may.
func (f *frozen) within(limit time.Duration, do func()) {
	f.Helper()
	start := time.Now()
	do()
	if took := time.Since(start); took > limit+stallSlack {
		f.Errorf("took %v, the limit is %v", took, limit)
	}
}

// recovers: with the network back every connection can be had, and none is lost.
func (f *frozen) recovers() {
	f.Helper()
	f.within(stallEnd+stallGrace+stallConnect, func() {
		var all []*session.Session
		for range f.db.Describe().MaxConns {
			all = append(all, f.begun())
		}
		for _, s := range all {
			must(f, s.Commit(f.Context()))
		}
	})
	arrives(f, func() bool { return f.db.Stats().InUse == 0 })
}

// What pgconn does about a broken connection, on a goroutine of its own and for
// up to 15 seconds, must not keep a new one from being dialled.
func TestConnectionsLostInAFrozenNetworkLeaveTheirPlacesAtOnce(t *testing.T) {
	f := &frozen{T: t}
	var dsn string
	f.proxy, dsn = proxied(t)
	f.db = f.engine(dsn, session.PingNever)
	var all []*session.Session
	for range f.db.Describe().MaxConns {
		all = append(all, f.begun())
	}
	f.proxy.Stall(true)
	t.Cleanup(func() { thaw(f) })
	f.proxy.Cut()
	for _, s := range all {
		if _, err := s.Exec(t.Context(), "select 1"); !lost(err) {
			t.Errorf("error is %v", err)
		}
		must(t, s.Close())
	}
	f.within(stallConnect, func() {
		if err := f.exec(t.Context()); !lost(err) {
			t.Errorf("error is %v", err)
		}
	})
	thaw(f)
	f.recovers()
}
