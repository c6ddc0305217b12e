package session_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// watched is an observer that keeps what it is told.
type watched struct {
	mu     sync.Mutex // guards events
	events []session.Event
}

func (w *watched) observer() *session.Observer {
	return &session.Observer{End: func(_ context.Context, e session.Event) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events = append(w.events, e)
	}}
}

func (w *watched) take() []session.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer func() { w.events = nil }()
	return w.events
}

func TestTheContextOfStartReachesTheDriverAndEnd(t *testing.T) {
	type key struct{}
	var ended []any
	b := newBed(t, fakedriver.Options{}, session.Options{Observer: &session.Observer{
		Start: func(ctx context.Context, e session.Event) context.Context {
			return context.WithValue(ctx, key{}, e.Op)
		},
		End: func(ctx context.Context, e session.Event) { ended = append(ended, ctx.Value(key{})) },
	}})
	var seen []any
	b.db.OnRun(func(ctx context.Context, step drivers.Step) *fakedriver.Reaction {
		seen = append(seen, ctx.Value(key{}))
		return nil
	})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	wantIs(t, s.Commit(t.Context()), nil)
	b.exec(s, 2)
	wantIs(t, s.Rollback(t.Context()), nil)
	if want := []any{"exec", "exec", "commit", "exec", "exec", "rollback"}; !slices.Equal(seen, want) {
		t.Errorf("the driver saw %v, want %v", seen, want)
	}
	if want := []any{"exec", "commit", "exec", "rollback"}; !slices.Equal(ended, want) {
		t.Errorf("End saw %v, want %v", ended, want)
	}
}

func TestAnEventTellsWhatTravelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &watched{}
		b := newBed(t, fakedriver.Options{}, session.Options{Observer: w.observer()})
		b.db.OnRun(func(context.Context, drivers.Step) *fakedriver.Reaction {
			return &fakedriver.Reaction{Delay: time.Second}
		})
		s := b.Session()
		wantIs(t, s.Queue("INSERT INTO t (id, name) VALUES (?, ?)", 1, "secret"), nil)
		sp := must(s.Savepoint())
		b.exec(sp, 2)
		fail(b, sp)
		_ = s.Close()
		synctest.Wait()
		time.Sleep(time.Second)
		synctest.Wait()
		got := w.take()
		if len(got) != 3 {
			t.Fatalf("%d events: %+v", len(got), got)
		}
		first := got[0]
		if first.Op != "exec" || first.SQL != insert || !slices.Equal(first.Args, []any{2}) ||
			first.Err != nil || first.Duration != 4*time.Second || first.Result.RowsAffected != 1 {
			t.Errorf("the first is %+v", first)
		}
		want := []string{"begin", "INSERT INTO t (id, name) VALUES (?, ?)", "savepoint"}
		if !slices.Equal(first.Along, want) {
			t.Errorf("along came %q, want %q", first.Along, want)
		}
		if second := got[1]; second.Err == nil || second.SQL != broken || second.Along != nil {
			t.Errorf("the second is %+v", second)
		}
		if third := got[2]; third.Op != "rollback" || third.SQL != "" || third.Err != nil {
			t.Errorf("the third is %+v", third)
		}
	})
}

func TestAReplayIsTwoEvents(t *testing.T) {
	w := &watched{}
	b := newBed(t, fakedriver.Options{}, session.Options{Observer: w.observer()})
	b.keep(1)
	w.take()
	b.db.KillAll()
	wantIs(t, b.Do(t.Context(), func(_ context.Context, s *session.Session) error {
		b.exec(s, 1)
		return nil
	}), nil)
	got := w.take()
	if len(got) != 3 || got[0].Err == nil || got[1].Err != nil || got[2].Op != "commit" {
		t.Errorf("%+v", got)
	}
}

func TestAnObserverMayHaveOnlyStart(t *testing.T) {
	starts := 0
	b := newBed(t, fakedriver.Options{}, session.Options{Observer: &session.Observer{
		Start: func(ctx context.Context, e session.Event) context.Context {
			starts++
			if e.Err != nil || e.Duration != 0 {
				t.Errorf("Start is told of the end: %+v", e)
			}
			return ctx
		}}})
	b.keep(1)
	if starts != 2 {
		t.Errorf("told %d times", starts)
	}
}

func TestTheObserverIsToldOfTheWaitForAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waits []time.Duration
		var errs []error
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1, AcquireTimeout: time.Minute,
			Observer: &session.Observer{
				Acquired: func(_ context.Context, waited time.Duration, err error) {
					waits, errs = append(waits, waited), append(errs, err)
				}}})
		holder := b.Session()
		defer holder.Close()
		b.exec(holder, 1)
		b.exec(holder, 2) // has its connection
		time.AfterFunc(time.Second, func() { _ = holder.Rollback(context.Background()) })
		second := b.Session()
		defer second.Close()
		b.exec(second, 3)
		third := b.Session()
		defer third.Close()
		_, err := third.Exec(t.Context(), insert, 4)
		wantIs(t, err, session.ErrPoolTimeout)
		if want := []time.Duration{0, time.Second, time.Minute}; !slices.Equal(waits, want) {
			t.Errorf("the waits were %v, want %v", waits, want)
		}
		wantIs(t, errs[1], nil)
		wantIs(t, errs[2], session.ErrPoolTimeout)
	})
}

// secrets are arguments that must not be printed.
var secrets = []any{"hunter2", []byte("hunter3"), 271828}

func TestTheLogShowsStatementsAndNeverArgumentsUnlessAsked(t *testing.T) {
	const sql = "INSERT INTO u (a, b, c) VALUES (?, ?, ?)"
	for name, c := range map[string]struct {
		statements, args bool
	}{"nothing": {}, "statements": {statements: true}, "arguments": {true, true}} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, fakedriver.Options{},
				session.Options{LogStatements: c.statements, LogArgs: c.args})
			b.raw("CREATE TABLE u (a text, b blob, c bigint)")
			s := b.Session()
			defer s.Close()
			for range 2 {
				_, err := s.Exec(t.Context(), sql, secrets...)
				wantIs(t, err, nil)
			}
			wantIs(t, s.Queue(sql, secrets...), nil)
			_, err := s.Query(t.Context(), "SELECT a FROM nowhere WHERE a = ?", secrets[0])
			if err == nil {
				t.Error("there is no such table")
			}
			wantIs(t, s.Commit(t.Context()), session.ErrTxFailed)
			text := b.log.String()
			if got := strings.Contains(text, sql); got != c.statements {
				t.Errorf("the statement is printed: %v\n%s", got, text)
			}
			if c.statements {
				wantText(t, text, "level=INFO", "op=exec", "took=", "along=", "begin", "nowhere", "error=")
			}
			for _, secret := range []string{"hunter2", "hunter3", "104 117 110", "271828"} {
				// a []byte is printed as numbers
				if strings.Contains(text, secret) && !c.args {
					t.Errorf("%q is printed:\n%s", secret, text)
				}
			}
			if c.args {
				wantText(t, text, "hunter2", "271828")
			}
		})
	}
}

func TestErrorsOfTheSessionDoNotPrintArguments(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	for _, err := range []error{
		func() error { _, err := s.Exec(t.Context(), insert, "hunter2", 1); return err }(),
		func() error { _, err := s.Exec(t.Context(), "SELECT ?", "hunter2\xff"); return err }(),
		func() error {
			_, err := s.Exec(t.Context(), "SELECT :a", session.Named{"b": "hunter2"})
			return err
		}(),
		func() error { _, err := s.Exec(t.Context(), "SELECT fail(), ?", "hunter2"); return err }(),
	} {
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v", err)
		}
	}
}

func TestTheDefaultLoggerIsTheOneOfSlog(t *testing.T) {
	old := slog.Default()
	defer slog.SetDefault(old)
	var log logged
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	db := fakedriver.New(fakedriver.Options{})
	e, err := session.New(db.NewPool(), session.Options{})
	wantIs(t, err, nil)
	defer e.Close(t.Context())
	s := e.Session()
	defer s.Close()
	wantIs(t, s.OnCommit(func(context.Context) { panic(errors.New("hook trouble")) }), nil)
	wantIs(t, s.Commit(t.Context()), nil)
	wantText(t, log.String(), "hook trouble")
}
