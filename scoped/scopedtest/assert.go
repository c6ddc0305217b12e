package scopedtest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sqlscope/sqlscope/session"
)

// Committed fails the test unless scopes have committed so many times since the
// sandbox was opened, or since [Reset]. A scope that ran no statement commits
// nothing, and one that has joined commits with the one around it.
func Committed(t testing.TB, ctx context.Context, times int) { //nolint:revive // t first
	t.Helper()
	r := recordOf(t, ctx)
	if got := r.commits(); got != times {
		t.Errorf("scopedtest: committed %d times, want %d%s", got, times, r.log())
	}
}

// RolledBack fails the test unless scopes were rolled back so many times since
// the sandbox was opened, or since [Reset]. Savepoints do not count.
func RolledBack(t testing.TB, ctx context.Context, times int) { //nolint:revive // t first
	t.Helper()
	r := recordOf(t, ctx)
	if got := r.rollbacks(); got != times {
		t.Errorf("scopedtest: rolled back %d times, want %d%s", got, times, r.log())
	}
}

// Ran fails the test unless a statement was run that contains each of the parts,
// in any letter case, since the sandbox was opened, or since [Reset].
func Ran(t testing.TB, ctx context.Context, parts ...string) { //nolint:revive // t first
	t.Helper()
	r := recordOf(t, ctx)
	has := func(statement string) bool {
		for _, part := range parts {
			if !strings.Contains(strings.ToLower(statement), strings.ToLower(part)) {
				return false
			}
		}
		return true
	}
	if !slices.ContainsFunc(Statements(ctx), has) {
		t.Errorf("scopedtest: no statement was run with %q%s", parts, r.log())
	}
}

// Statements are the texts of the statements that were sent since the sandbox
// was opened, or since [Reset], as the database got them, also of scopes that
// were rolled back. Without a sandbox there are none.
func Statements(ctx context.Context) []string {
	r, _ := ctx.Value(recordKey{}).(*record)
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.statements)
}

// Reset makes the assertions count from now on.
func Reset(t testing.TB, ctx context.Context) { //nolint:revive // t first
	t.Helper()
	r := recordOf(t, ctx)
	now := r.stats()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.from, r.statements = now, nil
}

// record is what the innermost sandbox of a context remembers.
type record struct {
	stats func() session.Stats

	mu         sync.Mutex // guards the fields below
	from       session.Stats
	statements []string
}

type recordKey struct{}

func recordOf(t testing.TB, ctx context.Context) *record { //nolint:revive // t first
	t.Helper()
	r, _ := ctx.Value(recordKey{}).(*record)
	if r == nil {
		t.Fatal("scopedtest: the context has no sandbox; it must come from Sandbox")
	}
	return r
}

// add notes the statements of one flight.
func (r *record) add(_ context.Context, e session.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, along := range e.Along {
		switch along {
		case "begin", "savepoint", "rollback to savepoint", "release savepoint":
		default:
			r.statements = append(r.statements, along)
		}
	}
	if e.SQL != "" {
		r.statements = append(r.statements, e.SQL)
	}
}

func (r *record) since() (from session.Stats) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.from
}

func (r *record) commits() int { return int(r.stats().Commits - r.since().Commits) }

func (r *record) rollbacks() int { return int(r.stats().Rollbacks - r.since().Rollbacks) }

// log lists what was run, for whoever wonders.
func (r *record) log() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.statements) == 0 {
		return "; no statement was run"
	}
	return "; what was run:\n\t" + strings.Join(r.statements, "\n\t")
}
