package progress_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/progress"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
)

// paper is a screen that remembers all that was written.
type paper struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.buf.Write(b)
}

// take returns what was written since the last time.
func (p *paper) take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.buf.Reset()
	return p.buf.String()
}

// frames are the pictures of a bar, one after the other.
func (p *paper) frames() []string {
	text := strings.ReplaceAll(p.take(), "\x1b[K", "")
	return strings.Split(strings.TrimPrefix(text, "\r"), "\r")
}

var step = &migrate.Step{Source: "main", Version: "7", Name: "orders", Kind: migrate.KindUp, Count: 3}

// upTo is a run up to its second statement, which has begun two seconds ago.
func upTo(r *progress.Reporter) {
	r.Event(migrate.Event{Kind: migrate.LockWaiting})
	time.Sleep(time.Second)
	r.Event(migrate.Event{Kind: migrate.LockTaken, Of: 4})
	r.Event(migrate.Event{Kind: migrate.StepBegins, Step: step, Of: 3})
	r.Event(migrate.Event{Kind: migrate.StatementBegins, Step: step, Number: 1, Of: 3, SQL: "INSERT"})
	time.Sleep(time.Second)
	r.Event(migrate.Event{Kind: migrate.StatementEnds, Step: step, Number: 1, Of: 3, SQL: "INSERT", Rows: 12345,
		Elapsed: time.Second})
	r.Event(migrate.Event{Kind: migrate.StatementBegins, Step: step, Number: 2, Of: 3,
		SQL: "CREATE INDEX\n\ton orders \x1b[31m(customer)"})
	time.Sleep(2*time.Second + between)
}

// between is where no picture is painted.
const between = 50 * time.Millisecond

func ends(r *progress.Reporter, err error) {
	r.Event(migrate.Event{Kind: migrate.StepEnds, Step: step, Of: 3, Elapsed: 3 * time.Second, Err: err})
}

func TestTheBarShowsStatementTimeAndRows(t *testing.T) {
	for name, c := range map[string]struct {
		width   int
		unicode bool
		want    string
	}{
		"wide": {140, true, "▸ 1/4  7 orders  " + strings.Repeat("━", 7) + strings.Repeat("─", 16) +
			"  2/3  3.0s  12,345 rows  CREATE INDEX on orders [31m(customer)"},
		"narrow": {60, true, "▸ 1/4  7 orders  ━━━──────  2/3  3.0s  12,345 rows"},
		"ascii":  {60, false, "> 1/4  7 orders  [###......]  2/3  3.0s  12,345 rows"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var lines, bar paper
				r := progress.New(&term.Screen{W: &lines}, &term.Screen{W: &bar, Width: c.width, Terminal: true,
					Unicode: c.unicode}, false)
				upTo(r)
				frames := bar.frames()
				if got := frames[len(frames)-1]; got != c.want {
					t.Errorf("the bar is\n%s, want\n%s", got, c.want)
				}
				for _, f := range frames {
					if term.Cells(f) >= c.width {
						t.Errorf("%d cells: %s", term.Cells(f), f)
					}
				}
				ends(r, nil)
				r.Close()
				equal(t, "line", lines.take(), "applied 7 orders (3 statements, 12,345 rows, 3.0s)\n")
				if rest := bar.take(); !strings.HasSuffix(rest, "\r\x1b[K") {
					t.Errorf("the bar is left behind: %q", rest)
				}
			})
		})
	}
}

func TestTheBarGoesOnWhileAStatementRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var bar paper
		r := progress.New(nil, &term.Screen{W: &bar, Width: 80, Terminal: true}, false)
		defer r.Close()
		upTo(r)
		bar.take()
		time.Sleep(time.Minute)
		frames := bar.frames()
		if len(frames) < 500 || !strings.Contains(frames[len(frames)-1], "  1m03s") {
			t.Errorf("%d frames, the last is %s", len(frames), frames[len(frames)-1])
		}
	})
}

func TestWithoutATerminalThereAreLinesAndNowAndThenASignOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines, messages paper
		r := progress.New(&term.Screen{W: &lines}, &term.Screen{W: &messages, Width: 80}, false)
		upTo(r)
		equal(t, "lines", lines.take(), "")
		time.Sleep(30 * time.Second)
		equal(t, "lines", lines.take(), "still at 7 orders, statement 2 of 3, 29.0s: CREATE INDEX on orders [31m(customer)\n")
		ends(r, errors.New("no"))
		equal(t, "lines", lines.take(), "failed 7 orders (statement 2 of 3, 3.0s)\n")
		time.Sleep(time.Minute)
		r.Close()
		equal(t, "lines", lines.take(), "")
		equal(t, "messages", messages.take(), "")
	})
}

func TestWaitingForTheLockIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines, bar paper
		plain := progress.New(&term.Screen{W: &lines}, nil, false)
		painted := progress.New(nil, &term.Screen{W: &bar, Width: 80, Terminal: true}, false)
		plain.Event(migrate.Event{Kind: migrate.LockWaiting})
		painted.Event(migrate.Event{Kind: migrate.LockWaiting})
		time.Sleep(31*time.Second + between)
		equal(t, "lines", lines.take(), "waiting for the lock, 30.0s\n")
		frames := bar.frames()
		equal(t, "bar", frames[len(frames)-1], "- waiting for the lock  31.0s")
		plain.Close()
		painted.Close()
	})
}

func TestVerboseTellsOfEachStatement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines paper
		r := progress.New(&term.Screen{W: &lines, Width: 40}, nil, true)
		upTo(r)
		r.Event(migrate.Event{Kind: migrate.StatementEnds, Step: step, Number: 2, Of: 3, Elapsed: time.Second,
			SQL: "CREATE INDEX a_name_that_is_long ON orders (customer)"})
		r.Close()
		equal(t, "lines", lines.take(), "    1/3 INSERT (12,345 rows, 1.0s)\n    2/3 CREATE INDEX a_name_th... (1.0s)\n")
	})
}

func TestRetriesAndWarningsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines paper
		r := progress.New(&term.Screen{W: &lines, Width: 50}, nil, false)
		r.Event(migrate.Event{Kind: migrate.Retrying, Step: step, Number: 2, Elapsed: 1500 * time.Millisecond})
		r.Event(migrate.Event{Kind: migrate.Warning, Text: "1_x.sql has no statement, which is odd"})
		down := *step
		down.Kind, down.Go = migrate.KindDown, true
		r.Event(migrate.Event{Kind: migrate.StepBegins, Step: &down})
		r.Event(migrate.Event{Kind: migrate.StepEnds, Step: &down, Elapsed: time.Millisecond})
		r.Close()
		equal(t, "lines", lines.take(), "! 7 orders had to wait too long for a lock; trying\n  again in 1.5s (2)\n"+
			"! warning: 1_x.sql has no statement, which is odd\nundone 7 orders (Go, 1ms)\n")
	})
}

func TestNobodyWatches(t *testing.T) {
	r := progress.New(nil, nil, true)
	r.Event(migrate.Event{Kind: migrate.LockTaken, Of: 1})
	r.Event(migrate.Event{Kind: migrate.StepBegins, Step: step, Of: 3})
	ends(r, nil)
	r.Close()
}

func equal[V comparable](t *testing.T, what string, got, want V) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %#v, want %#v", what, got, want)
	}
}
