package session_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/internal/leakcheck"
	"github.com/sqlscope/sqlscope/session"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// bed is a fake database with a table t (id bigint, name text), and an engine
// on it. At the end of the test it checks what must hold after every test: no
// breach of the driver contract, and no connection left in use or open.
type bed struct {
	*session.Engine
	t   testing.TB
	db  *fakedriver.DB
	log *logged
}

const (
	insert = "INSERT INTO t (id) VALUES (?)"
	ids    = "SELECT id FROM t ORDER BY id"
)

func newBed(t testing.TB, fake fakedriver.Options, opts session.Options) *bed {
	t.Helper()
	b := &bed{t: t, db: fakedriver.New(fake), log: &logged{}}
	b.raw("CREATE TABLE t (id bigint, name text)")
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.NewTextHandler(b.log, nil))
	}
	var err error
	b.Engine, err = session.Open(t.Context(), "fake://test", opts, b.db.Driver())
	if err != nil {
		t.Fatal(err)
	}
	b.db.ResetLog()
	t.Cleanup(b.finish)
	return b
}

// finish checks that nothing is left behind. It may be called early.
func (b *bed) finish() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := b.Engine.Close(ctx); err != nil {
		b.t.Errorf("closing the engine: %v", err)
	}
	for _, v := range b.db.Violations() {
		b.t.Errorf("the contract of package drivers was broken: %s", v)
	}
	if st := b.Stats(); st.InUse != 0 || st.Waiting != 0 || st.Pool.Open != 0 {
		b.t.Errorf("left behind: %+v", st)
	}
}

// raw runs a statement on the database, not through the engine, and returns
// the integers of its first column.
func (b *bed) raw(sql string) (out []int64) {
	b.t.Helper()
	ctx := context.Background()
	pool := b.db.NewPool()
	defer pool.Close(ctx)
	c, err := pool.Acquire(ctx, drivers.Need{})
	if err != nil {
		b.t.Fatal(err)
	}
	defer c.Release()
	f := drivers.Flight{Steps: []drivers.Step{{Op: drivers.OpQuery, SQL: sql}}}
	rows, err := c.Run(ctx, &f)
	if err != nil {
		b.t.Fatalf("%s: %v", sql, err)
	}
	defer rows.Close()
	for rows.Next() {
		values, _ := rows.Values()
		n, _ := values[0].(int64)
		out = append(out, n)
	}
	return out
}

// content is what is committed, in order, with what is there twice twice.
func (b *bed) content() []int64 { b.t.Helper(); return b.raw(ids) }

func (b *bed) wantContent(want ...int64) {
	b.t.Helper()
	if got := b.content(); !slices.Equal(got, want) {
		b.t.Errorf("committed are %v, want %v", got, want)
	}
}

// wantLog checks what reached the server since the last check, one string for
// each flight, its steps separated by semicolons.
func (b *bed) wantLog(want ...string) {
	b.t.Helper()
	if got := b.flights(); !slices.Equal(got, want) {
		b.t.Errorf("sent to the server:\n\t%s\nwant:\n\t%s", strings.Join(got, "\n\t"),
			strings.Join(want, "\n\t"))
	}
}

// flights returns what reached the server and forgets it.
func (b *bed) flights() []string {
	var got []string
	for _, flight := range b.db.Flights() {
		got = append(got, strings.Join(flight, "; "))
	}
	b.db.ResetLog()
	return got
}

// exec inserts id, which must work.
func (b *bed) exec(q session.Querier, id int) {
	b.t.Helper()
	if _, err := q.Exec(b.t.Context(), insert, id); err != nil {
		b.t.Fatalf("insert %d: %v", id, err)
	}
}

func wantIs(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) || (want == nil) != (err == nil) {
		t.Errorf("the error is %v, want %v", err, want)
	}
}

func wantState(t testing.TB, s *session.Session, want session.State) {
	t.Helper()
	if got := s.State(); got != want {
		t.Errorf("the session is %v, want %v", got, want)
	}
}

// wantText checks that a message says everything that is wanted.
func wantText(t testing.TB, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("this does not say %q:\n%s", w, text)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// logged is a log that may be read while it is written.
type logged struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// ended is a context that has ended already.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// capabilities is what the fake promises, changed.
func capabilities(change func(*drivers.Capabilities)) fakedriver.Options {
	c := fakedriver.AllCapabilities()
	change(c)
	return fakedriver.Options{Capabilities: c}
}
