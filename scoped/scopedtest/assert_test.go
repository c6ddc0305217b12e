package scopedtest_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedtest"
)

func withoutSavepoints() drivers.Driver {
	c := fakedriver.AllCapabilities()
	c.Savepoints = false
	return fakedriver.New(fakedriver.Options{Capabilities: c}).Driver()
}

// recorder is a test that may fail.
type recorder struct {
	testing.TB
	said []string
}

var errFatal = errors.New("the test has ended")

func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	panic(errFatal)
}

func (r *recorder) Fatal(args ...any) { r.Fatalf("%s", fmt.Sprint(args...)) }

// run runs what may end the test.
func (r *recorder) run(fn func()) {
	defer func() {
		if p := recover(); p != nil && p != errFatal {
			panic(p)
		}
	}()
	fn()
}

// want checks what the test has been failed with, and forgets it.
func (r *recorder) want(parts ...string) {
	r.Helper()
	said := strings.Join(r.said, "\n")
	if len(parts) == 0 && said != "" {
		r.TB.Errorf("it said: %s", said)
	}
	for _, part := range parts {
		if !strings.Contains(said, part) {
			r.TB.Errorf("it did not say %q but: %s", part, said)
		}
	}
	r.said = nil
}

func sqliteApp(t testing.TB) *app {
	return newApp(t, "sqlite:///"+filepath.ToSlash(t.TempDir())+"/notes.db")
}

func TestAssertionsSayWhatWasRunInstead(t *testing.T) {
	a := sqliteApp(t)
	ctx := scopedtest.Sandbox(t, a.Registry)
	rec := &recorder{TB: t}
	scopedtest.Committed(rec, ctx, 0)
	scopedtest.Committed(rec, ctx, 1)
	rec.want("committed 0 times, want 1; no statement was run")
	must(t, a.adds(ctx, 1, 2))
	wantErr(t, a.Do(ctx, func(ctx context.Context) error {
		must(t, a.Queue(ctx, "UPDATE "+a.table+" SET text = ?", "b"))
		must(t, a.add(ctx, 3))
		return errBusiness
	}), errBusiness)
	scopedtest.Committed(rec, ctx, 1)
	scopedtest.RolledBack(rec, ctx, 1)
	scopedtest.Ran(rec, ctx, "INSERT", a.table)
	scopedtest.Ran(rec, ctx, "UPDATE", "set text")
	rec.want()
	scopedtest.Committed(rec, ctx, 2)
	scopedtest.RolledBack(rec, ctx, 0)
	scopedtest.Ran(rec, ctx, "DELETE")
	rec.want("committed 1 times, want 2; what was run:\n\tINSERT INTO "+a.table, "rolled back 1 times, want 0",
		`no statement was run with ["DELETE"]`)
	if got := len(scopedtest.Statements(ctx)); got != 4 {
		t.Errorf("%d statements, want 4: %q", got, scopedtest.Statements(ctx))
	}
	scopedtest.Reset(rec, ctx)
	scopedtest.Committed(rec, ctx, 0)
	scopedtest.RolledBack(rec, ctx, 0)
	rec.want()
	if got := scopedtest.Statements(ctx); len(got) != 0 {
		t.Errorf("after Reset there are %q", got)
	}
}

func TestAssertionsNeedASandbox(t *testing.T) {
	rec := &recorder{TB: t}
	for _, assert := range []func(){
		func() { scopedtest.Committed(rec, t.Context(), 1) },
		func() { scopedtest.RolledBack(rec, t.Context(), 1) },
		func() { scopedtest.Ran(rec, t.Context(), "x") },
		func() { scopedtest.Reset(rec, t.Context()) },
	} {
		rec.run(assert)
		rec.want("the context has no sandbox")
	}
	if got := scopedtest.Statements(t.Context()); got != nil {
		t.Errorf("got %q", got)
	}
}

func TestWhatASandboxCannotShowFailsTheTest(t *testing.T) {
	a := sqliteApp(t)
	rec := &recorder{TB: t}
	ctx := scopedtest.In(rec, t.Context(), a.Registry)
	wantErr(t, a.Do(ctx, func(ctx context.Context) error {
		must(t, a.add(ctx, 1))
		must(t, a.Do(ctx, func(ctx context.Context) error { return a.add(ctx, 2) }, scoped.RequiresNew))
		return errBusiness
	}), errBusiness)
	rec.want("a transaction that had been committed was undone, because the one around it was rolled back")
}
