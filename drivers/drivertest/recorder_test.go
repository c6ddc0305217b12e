package drivertest

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// recorder is a testing.TB whose failure fails nobody else.
type recorder struct {
	testing.TB
	ctx    context.Context
	cancel context.CancelFunc

	mu       sync.Mutex // guards the fields below
	failed   bool
	skipped  bool
	log      []string
	cleanups []func()
}

// watch runs a case and tells how it went. The case has a goroutine of its
// own, which is what Fatal ends.
func watch(tb testing.TB, c Case, h Harness) *recorder {
	ctx, cancel := context.WithCancel(context.Background())
	r := &recorder{TB: tb, ctx: ctx, cancel: cancel}
	r.alone(func() { c.Test(r, h) })
	r.cancel()
	for {
		cleanup := r.last()
		if cleanup == nil {
			return r
		}
		r.alone(cleanup)
	}
}

func (r *recorder) alone(fn func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				r.note(true, "panic:", p)
			}
		}()
		fn()
	}()
	<-done
}

func (r *recorder) last() (cleanup func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.cleanups); n > 0 {
		cleanup = r.cleanups[n-1]
		r.cleanups = slices.Delete(r.cleanups, n-1, n)
	}
	return cleanup
}

func (r *recorder) note(fails bool, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = r.failed || fails
	r.log = append(r.log, strings.TrimSuffix(fmt.Sprintln(args...), "\n"))
}

func (r *recorder) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.log, "\n")
}

func (r *recorder) Context() context.Context { return r.ctx }
func (r *recorder) Helper()                  {}

func (r *recorder) Cleanup(fn func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, fn)
}

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

func (r *recorder) Fail()                        { r.note(true) }
func (r *recorder) FailNow()                     { r.Fatal() }
func (r *recorder) Log(args ...any)              { r.note(false, args...) }
func (r *recorder) Logf(f string, args ...any)   { r.note(false, fmt.Sprintf(f, args...)) }
func (r *recorder) Error(args ...any)            { r.note(true, args...) }
func (r *recorder) Errorf(f string, args ...any) { r.note(true, fmt.Sprintf(f, args...)) }
func (r *recorder) Fatalf(f string, args ...any) { r.Fatal(fmt.Sprintf(f, args...)) }
func (r *recorder) Skipf(f string, args ...any)  { r.Skip(fmt.Sprintf(f, args...)) }

func (r *recorder) Fatal(args ...any) {
	r.note(true, args...)
	runtime.Goexit()
}

func (r *recorder) Skip(args ...any) {
	r.note(false, args...)
	r.mu.Lock()
	r.skipped = true
	r.mu.Unlock()
	runtime.Goexit()
}
