package session_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// collectGarbage until what is wanted has happened.
func collectGarbage(t *testing.T, until func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !until() {
		if time.Now().After(deadline) {
			t.Fatal("nobody noticed the session that was dropped")
		}
		runtime.GC()
		runtime.Gosched()
	}
}

// opener and firstStatement are places that the report can name.

//go:noinline
func opener(b *bed) *session.Session { return b.Session() }

//go:noinline
func firstStatement(b *bed, s *session.Session) {
	_, err := session.One[int](b.t.Context(), s, "SELECT 1")
	wantIs(b.t, err, nil)
}

func TestASessionDroppedWithoutCloseIsReportedAndItsConnectionComesBack(t *testing.T) {
	for stacks, place := range map[bool]string{true: "session_test.opener ", false: "session_test.firstStatement "} {
		t.Run(fmt.Sprintf("LeakStacks %v", stacks), func(t *testing.T) {
			b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1, LeakStacks: stacks})
			func() {
				s := opener(b)
				firstStatement(b, s)
				b.exec(s, 1)
			}()
			collectGarbage(t, func() bool { return b.Stats().Forgotten == 1 && b.Stats().InUse == 0 })
			wantText(t, b.log.String(), "level=ERROR", "dropped without Close", place, "forgotten_test.go:")
			b.wantLog("begin; query SELECT 1", "exec "+insert, "rollback")
			wantIs(t, b.Ping(t.Context()), nil)
			b.wantContent()
		})
	}
}

func TestASessionDroppedWithOpenRowsIsCleanedToo(t *testing.T) {
	for _, noAbort := range []bool{false, true} {
		t.Run(fmt.Sprintf("NoAbort %v", noAbort), func(t *testing.T) {
			b := newBed(t, fakedriver.Options{NoAbort: noAbort}, session.Options{MaxConns: 1})
			func() {
				s := b.Session()
				b.exec(s, 1)
				_, err := s.Query(t.Context(), ids)
				wantIs(t, err, nil)
			}()
			collectGarbage(t, func() bool { return b.Stats().Forgotten == 1 && b.Stats().InUse == 0 })
			wantIs(t, b.Ping(t.Context()), nil)
			b.wantContent()
		})
	}
}

func TestASessionThatHoldsNothingMayBeDropped(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	func() {
		s := b.Session()
		b.exec(s, 1)
		wantIs(t, s.Commit(t.Context()), nil)
		_ = b.Session().Queue(insert, 2)
		wantIs(t, b.Do(t.Context(), func(context.Context, *session.Session) error { return nil }), nil)
	}()
	for range 5 {
		runtime.GC()
	}
	if n := b.Stats().Forgotten; n != 0 {
		t.Errorf("%d are called forgotten: %s", n, b.log.String())
	}
}

func TestAContextOfASessionDoesNotKeepItAlive(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	ctx := t.Context()
	func() {
		s := b.Session()
		ctx = s.Context(ctx)
		b.exec(s, 1)
	}()
	collectGarbage(t, func() bool { return b.Stats().Forgotten == 1 && b.Stats().InUse == 0 })
	wantIs(t, b.Ping(ctx), nil)
}

func TestRowsKeepTheirSessionAlive(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	rows := func() *session.Rows {
		s := b.Session()
		b.exec(s, 1)
		return must(s.Query(t.Context(), ids))
	}()
	for range 5 {
		runtime.GC()
	}
	if !rows.Next() {
		t.Errorf("the rows were taken away: %v", rows.Err())
	}
	wantIs(t, rows.Close(), nil)
	collectGarbage(t, func() bool { return b.Stats().Forgotten == 1 && b.Stats().InUse == 0 })
}
