package session

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// Retry makes Do run its function again, in a new transaction, when
// [IsRetryable] says that this may help: after a serialization failure, a
// deadlock, a lock that was not to be had, a lost connection, be it of a
// statement or of COMMIT. The zero value is ready for use. It is an [Option] of
// [Engine.Do] and of scoped.Registry.Do.
//
// A try that is followed by another one has been rolled back and leaves nothing
// behind in the database, and its hooks are dropped. Whatever else the function
// changes it changes once for each try, so it must begin with fresh variables.
//
// An unknown commit is never tried again, nor is anything when the context has
// ended. A panic ends the tries.
type Retry struct {
	// Attempts limits how often the function is run; default 10, negative: no
	// limit.
	Attempts int
	// Within is the time after which no further try begins, counted from the
	// beginning of the first one; default 30 seconds, negative: no limit.
	Within time.Duration
	// Wait is the longest wait before the second try; it doubles with each
	// further one. The wait is chosen at random between 0 and that, so that
	// those who collided do not do so again. Default 10 milliseconds.
	Wait time.Duration
	// MaxWait is what the longest wait grows to; default 1 second.
	MaxWait time.Duration
}

// Validate reports what is wrong with r.
func (r *Retry) Validate() error {
	if r.Wait < 0 || r.MaxWait < 0 {
		return fmt.Errorf("session: Retry.Wait is %v and MaxWait %v; they must be positive, "+
			"or 0 for the default", r.Wait, r.MaxWait)
	}
	return nil
}

func (r Retry) defaults() Retry {
	if r.Attempts == 0 {
		r.Attempts = 10
	}
	fill(&r.Within, 30*time.Second)
	fill(&r.Wait, 10*time.Millisecond)
	fill(&r.MaxWait, time.Second)
	return r
}

// longest is the longest wait after n tries.
func (r *Retry) longest(n int) time.Duration {
	wait := r.Wait
	for ; n > 1 && wait < r.MaxWait; n-- {
		wait *= 2
	}
	return min(wait, r.MaxWait)
}

// Retry is what the Retry option of a Do stands for, for those who build a Do
// of their own: it calls try, each time with a new session, until try returns
// nil, or an error that r does not try again. try ends the session's transaction
// itself; Retry closes the session and decides on the hooks that are left.
// At most one tx is given, for the sessions.
//
// The error is that of the last try. When that might have been tried again, had
// the budget allowed it, it says how many there were.
func (e *Engine) Retry(ctx context.Context, r Retry,
	try func(ctx context.Context, s *Session) error, tx ...TxOptions) error {
	if err := r.Validate(); err != nil {
		return err
	}
	r = r.defaults()
	begun, at := time.Now(), here(0)
	for n := 1; ; n++ {
		s := e.Session(tx...)
		s.opened = &at
		again, err := s.try(ctx, &r, n, begun, try)
		if !again {
			if n > 1 && IsRetryable(err) {
				err = fmt.Errorf("session: gave up after %d tries: %w", n, err)
			}
			return err
		}
		e.counts.retries.Add(1)
	}
}

// try is one try, and the wait for the next one if there is to be one.
func (s *Session) try(ctx context.Context, r *Retry, n int, begun time.Time,
	try func(context.Context, *Session) error) (again bool, err error) {
	v := &verdict{}
	s.hooks = &hooks{verdict: v}
	defer func() {
		_ = s.Close() // if another goroutine is inside, that one closes it
		v.speak(again)
	}()
	if err = try(ctx, s); err == nil || !IsRetryable(err) {
		return false, err
	}
	if s.Close() != nil || s.committed { // somebody is inside, or a part is there already
		return false, err
	}
	return r.pause(ctx, n, begun), err
}

// pause waits before the next try; false means that there is none.
func (r *Retry) pause(ctx context.Context, n int, begun time.Time) bool {
	wait := rand.N(r.longest(n) + 1)
	if n == r.Attempts || r.Within >= 0 && time.Since(begun)+wait >= r.Within {
		return false
	}
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= wait {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
