package scoped_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// bed is a registry on a database with a table of notes.
type bed struct {
	*scoped.Registry
	t      testing.TB
	engine *session.Engine
	db     *fakedriver.DB // nil on a real database
}

// newBed makes one on a fake database.
func newBed(t testing.TB, opts session.Options) *bed {
	t.Helper()
	db := fakedriver.New(fakedriver.Options{})
	engine, err := session.Open(t.Context(), "fake:", opts, db.Driver())
	must(t, err)
	t.Cleanup(func() {
		if v := db.Violations(); len(v) > 0 {
			t.Errorf("the driver's contract was broken: %q", v)
		}
	})
	b := newBedOn(t, engine)
	b.db = db
	db.ResetLog()
	return b
}

func newBedOn(t testing.TB, engine *session.Engine) *bed {
	t.Helper()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		must(t, engine.Close(ctx)) // names whoever still holds a connection
	})
	must(t, engine.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "CREATE TABLE notes (id integer primary key, text text)")
		return err
	}))
	return &bed{Registry: scoped.New(engine), t: t, engine: engine}
}

// add writes a note in the scope of ctx.
func (b *bed) add(ctx context.Context, id int) error {
	_, err := b.Exec(ctx, "INSERT INTO notes (id, text) VALUES (?, ?)", id, "a note")
	return err
}

// ids are the notes that have been committed.
func (b *bed) ids() []int64 {
	b.t.Helper()
	var ids []int64
	read := func(ctx context.Context, s *session.Session) (err error) {
		ids, err = session.Collect[int64](ctx, s, "SELECT id FROM notes ORDER BY id")
		return err
	}
	must(b.t, b.engine.Do(context.Background(), read))
	return ids
}

func (b *bed) wantIDs(want ...int64) {
	b.t.Helper()
	if got := b.ids(); !slices.Equal(got, want) {
		b.t.Errorf("committed are %v, want %v", got, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("error is %v, want %v", got, want)
	}
}

var errBusiness = errors.New("the order is already paid")

// panicOf runs f and returns what it panicked with.
func panicOf(f func()) (p any) {
	defer func() { p = recover() }()
	f()
	return nil
}

// quiet is for tests that provoke what is worth a line in the log.
var quiet = slog.New(slog.DiscardHandler)
