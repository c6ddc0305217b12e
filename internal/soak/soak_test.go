package soak

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/session"
)

// inFile is a target whose first engine, the one that is worked on, is handed to
// sabotage.
func inFile(t *testing.T, sabotage func(*session.Engine)) Target {
	url := "sqlite:///" + filepath.Join(t.TempDir(), "soak.db")
	var first sync.Once
	return Target{Name: "a file", Slow: "SELECT 1", Open: func(o session.Options) (*session.Engine, error) {
		e, err := session.Open(context.Background(), url, o, sqlite.Driver)
		if err == nil {
			first.Do(func() { sabotage(e) })
		}
		return e, err
	}}
}

// short runs a soak of a moment and returns what was wrong, as one text.
func short(t *testing.T, sabotage func(*session.Engine)) string {
	t.Helper()
	work := Soak{Targets: []Target{inFile(t, sabotage)}, Time: 400 * time.Millisecond,
		Settled: 100 * time.Millisecond, Seed: 1, Log: t.Logf}
	report, err := work.Run(t.Context())
	must(t, err)
	return strings.Join(report.Wrong, "\n")
}

func TestASoakOfWhatIsSoundFindsNothing(t *testing.T) {
	if wrong := short(t, func(*session.Engine) {}); wrong != "" {
		t.Error(wrong)
	}
}

// while runs a statement on a target again and again until the test is over.
func while(t *testing.T, e *session.Engine, sql string) {
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	t.Cleanup(func() { stop(); all.Wait() })
	all.Go(func() {
		for ; ctx.Err() == nil; wait(ctx, time.Millisecond) {
			_ = e.Do(ctx, func(ctx context.Context, s *session.Session) error {
				_, err := s.Exec(ctx, sql)
				return err
			}) // it fails before the table is there and after the engine's end
		}
	})
}

func TestASoakFindsCommittedRowsThatAreLost(t *testing.T) {
	wrong := short(t, func(e *session.Engine) { while(t, e, "DELETE FROM soak_rows WHERE id % 3 = 0") })
	if !strings.Contains(wrong, "a row that was committed is not there") {
		t.Errorf("%q", wrong)
	}
}

func TestASoakFindsRowsThatNobodyHasWritten(t *testing.T) {
	wrong := short(t, func(e *session.Engine) {
		while(t, e, "INSERT INTO soak_rows SELECT 1, 1000000 + count(*), '' FROM soak_rows")
	})
	if !strings.Contains(wrong, "a row is there that nobody has written") {
		t.Errorf("%q", wrong)
	}
}

func TestASoakFindsErrorsThatNothingExplains(t *testing.T) {
	wrong := short(t, func(e *session.Engine) { while(t, e, "UPDATE soak_stream SET note = 'another' WHERE n = 7") })
	if !strings.Contains(wrong, "row 7 of a stream is") {
		t.Errorf("%q", wrong)
	}
}

func TestAnEngineOwesWhatASessionKeeps(t *testing.T) {
	e, err := inFile(t, func(*session.Engine) {}).Open(options())
	must(t, err)
	s := e.Session()
	_, err = s.Exec(t.Context(), "CREATE TABLE kept (id INTEGER)")
	must(t, err)
	left := strings.Join(leftIn(e, 0), "; ")
	if !strings.Contains(left, "1 connections in use") || !strings.Contains(left, "1 connections open and not idle") {
		t.Errorf("%q", left)
	}
	must(t, s.Close())
	if left := leftIn(e, patience); len(left) != 0 {
		t.Errorf("after Close: %q", left)
	}
	must(t, e.Close(t.Context()))
}

func TestEachNumberOfAnEngineIsLookedAt(t *testing.T) {
	for what, st := range map[string]session.Stats{
		"2 sessions waiting":   {Waiting: 2},
		"3 abandoned calls":    {Pool: poolStats(0, 0, 3)},
		"1 forgotten sessions": {Forgotten: 1},
		"5 connections more":   {Pool: poolStats(conns+5, conns+5, 0)},
	} {
		if left := owed(st); len(left) != 1 || !strings.Contains(left[0], what) {
			t.Errorf("%q, want %s", left, what)
		}
	}
}

func TestATaskEndsAsItShouldOrHasAnExcuse(t *testing.T) {
	lost := &session.Error{Kind: session.KindConnLost}
	fails := &task{name: "fail", want: errUnique}
	for _, c := range []struct {
		task  *task
		err   error
		sound bool
	}{
		{&task{}, nil, true},
		{&task{}, errMine, false},
		{&task{want: errMine}, errMine, true},
		{&task{want: errMine}, nil, false},
		{fails, &session.Error{Kind: session.KindUnique}, true},
		{fails, nil, false},
		{&task{}, &session.Error{Kind: session.KindDeadlock}, true},
		{&task{}, lost, false}, // nothing is cut here
		{&task{}, session.ErrCommitUnknown, false},
		{&task{}, context.Canceled, false}, // its context has not ended
		{&task{}, errors.New("anything else"), false},
	} {
		w := newWorker(&line{target: &Target{}, ended: map[string]int64{}, bad: map[string]int64{}}, 1, nil)
		w.judge(t.Context(), c.task, c.err)
		if sound := len(w.bad) == 0; sound != c.sound {
			t.Errorf("%q that ends with %v: sound %v", c.task.name, c.err, sound)
		}
	}
}

func TestTheTasksAreAHundred(t *testing.T) {
	n := 0
	for _, t := range tasks {
		n += t.often
	}
	if n != 100 {
		t.Errorf("they are %d", n)
	}
}

// A look waits for the steps under way, and no step begins meanwhile.
func TestNobodyWorksWhileTheProcessIsLookedAt(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var s Soak
	busy, steps := false, 0 // guarded by nothing but the pause
	var all sync.WaitGroup
	all.Go(func() {
		s.repeat(ctx, func(ctx context.Context) {
			busy = true
			wait(ctx, time.Millisecond)
			busy = false
			steps++
		})
	})
	for seen := 0; seen < 5; {
		s.pause.Lock()
		if busy {
			t.Error("a worker works")
		}
		seen = steps
		s.pause.Unlock()
	}
	stop()
	all.Wait()
}
