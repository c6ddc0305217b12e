package soak

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// line is a target while it is worked on.
type line struct {
	target *Target
	engine *session.Engine

	done    atomic.Int64 // steps
	checked atomic.Int64 // rows whose fate was compared
	opened  atomic.Int64 // engines, beside the one

	mu    sync.Mutex       // guards the fields below
	ended map[string]int64 // how often a step of a kind ended in a way
	bad   map[string]int64 // what was wrong, and how often
}

// settings of all engines: connections are old soon, so that they are opened and
// closed all the time, and a frozen server is given up soon.
func options() session.Options {
	return session.Options{
		MaxConns:        conns,
		MaxConnLifetime: 3 * time.Second,
		CancelGrace:     300 * time.Millisecond,
		EndTimeout:      2 * time.Second,
		ConnectTimeout:  5 * time.Second,
		Logger:          slog.New(slog.DiscardHandler), // lost connections, by the thousand
	}
}

// streamed is the number of rows that there are to read.
const streamed = 3000

func openLine(ctx context.Context, target *Target) (*line, error) {
	engine, err := target.Open(options())
	if err != nil {
		return nil, err
	}
	l := &line{target: target, engine: engine, ended: map[string]int64{}, bad: map[string]int64{}}
	if err := l.prepare(ctx); err != nil {
		return nil, errors.Join(err, engine.Close(context.WithoutCancel(ctx)))
	}
	return l, nil
}

// prepare makes the tables.
func (l *line) prepare(ctx context.Context) error {
	err := l.engine.RunSync(ctx, "soak", func(ctx context.Context, c *session.SyncConn) error {
		for _, sql := range []string{
			"DROP TABLE IF EXISTS soak_rows", "DROP TABLE IF EXISTS soak_stream",
			"CREATE TABLE soak_rows (worker INTEGER NOT NULL, id BIGINT NOT NULL, note VARCHAR(100), " +
				"PRIMARY KEY (worker, id))",
			"CREATE TABLE soak_stream (n BIGINT NOT NULL PRIMARY KEY, note VARCHAR(100))",
		} {
			if _, err := c.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return l.engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		_, err := s.ExecMany(ctx, "INSERT INTO soak_stream (n, note) VALUES (?, ?)", func(yield func([]any) bool) {
			for n := range streamed {
				if !yield([]any{n, note(n)}) {
					return
				}
			}
		})
		return err
	})
}

// note is text of different lengths, most of it not ASCII.
func note[N int | int64](n N) string { return strings.Repeat("ñ日🙂", int(n%11)) + "." }

// say notes that something is wrong.
func (l *line) say(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bad[fmt.Sprintf(format, args...)]++
}

// count notes how a step ended.
func (l *line) count(step, end string) {
	l.done.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended[step+" "+end]++
}

// finish looks at what the engine has got back, and closes it.
func (l *line) finish(ctx context.Context) {
	for _, left := range leftIn(l.engine, patience) {
		l.say("%s", left)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := l.engine.Close(ctx); err != nil {
		l.say("closing the engine: %v", err)
	}
	if n := l.engine.Stats().Pool.Open; n != 0 {
		l.say("%d connections are open after Close", n)
	}
}

// leftIn says what an engine that nobody uses does not have back after a while.
func leftIn(e *session.Engine, limit time.Duration) []string {
	var left []string
	for end := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		if left = owed(e.Stats()); len(left) == 0 || time.Now().After(end) {
			return left
		}
	}
}

func owed(st session.Stats) []string {
	var left []string
	for _, number := range []struct {
		what string
		n    int64
	}{
		{"connections in use", int64(st.InUse)},
		{"sessions waiting", int64(st.Waiting)},
		{"connections open and not idle", int64(st.Pool.Open - st.Pool.Idle)},
		{"abandoned calls", int64(st.Pool.Abandoned)},
		{"forgotten sessions", st.Forgotten},
		{"connections more than there may be", int64(max(0, st.Pool.Idle-conns))},
	} {
		if number.n != 0 {
			left = append(left, fmt.Sprintf("with nobody at work: %d %s", number.n, number.what))
		}
	}
	return left
}

func (l *line) wrong() (all []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, text := range slices.Sorted(maps.Keys(l.bad)) {
		all = append(all, fmt.Sprintf("%s: %s (%d times)", l.target.Name, text, l.bad[text]))
	}
	return all
}

func (l *line) summary() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	st := l.engine.Stats()
	text := fmt.Sprintf("%d steps, %d rows compared, %d engines opened, %d connections opened, %d commits, "+
		"%d rollbacks, %d unknown, %d cancelled", l.done.Load(), l.checked.Load(), l.opened.Load()+1,
		st.Pool.Opened, st.Commits, st.Rollbacks, st.UnknownCommits, st.Cancelled)
	for _, end := range slices.Sorted(maps.Keys(l.ended)) {
		text += fmt.Sprintf("\n\t%-40s %d", end, l.ended[end])
	}
	return text
}
