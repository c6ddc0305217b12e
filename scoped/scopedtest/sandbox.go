package scopedtest

import (
	"context"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// Sandbox returns a context in which everything that is done through the
// registry is undone when the test ends, what was committed included; see the
// package documentation. The context is made of [testing.TB.Context]. It takes a
// connection with the first statement. It ends the test when the database has no
// savepoints.
func Sandbox(t testing.TB, registry *scoped.Registry) context.Context {
	t.Helper()
	return In(t, t.Context(), registry)
}

// In is [Sandbox] with a context of the caller's: one with a deadline, or one
// that has the sandbox of another registry already.
func In(t testing.TB, ctx context.Context, registry *scoped.Registry) context.Context { //nolint:revive // t first
	t.Helper()
	rec := &record{}
	box, err := registry.Engine(ctx).Sandbox(session.SandboxOptions{
		Observer: &session.Observer{End: rec.add},
		Report:   func(err error) { t.Errorf("scopedtest: %v", err) },
	})
	if err != nil {
		t.Fatalf("scopedtest: no sandbox: %v", err)
	}
	rec.stats = box.Stats
	t.Cleanup(func() { closeBox(t, box) })
	return context.WithValue(registry.Using(ctx, box), recordKey{}, rec)
}

// endTimeout limits the rollback of a sandbox.
const endTimeout = 20 * time.Second

func closeBox(t testing.TB, box *session.Engine) {
	ctx, cancel := context.WithTimeout(context.Background(), endTimeout)
	defer cancel()
	if err := box.Close(ctx); err != nil {
		t.Errorf("scopedtest: a scope is still open at the end of the test: %v", err)
	}
}
