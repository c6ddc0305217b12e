package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// stumble makes the next n steps that contain part fail.
func (b *bed) stumble(n int, part string, reaction fakedriver.Reaction) {
	for range n {
		b.db.Once(part, reaction)
	}
}

func faultOf(kind drivers.Kind) fakedriver.Reaction {
	return fakedriver.Reaction{Err: fakedriver.Errorf(kind, "%v", kind)}
}

// insertOnce is a unit of work that counts its tries.
func (b *bed) insertOnce(tries *int) func(context.Context, *session.Session) error {
	return func(ctx context.Context, s *session.Session) error {
		*tries++
		_, err := s.Exec(ctx, insert, 1)
		return err
	}
}

func TestDoTriesAgainAfterWhatMayNotHappenAgain(t *testing.T) {
	for _, kind := range []drivers.Kind{session.KindSerialization, session.KindDeadlock,
		session.KindLockTimeout, session.KindConnLost} {
		for _, where := range []string{"insert", "commit"} {
			if where == "commit" && kind == session.KindConnLost {
				continue // its outcome is unknown
			}
			t.Run(where+" "+kind.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBed(t, fakedriver.Options{}, session.Options{})
					b.stumble(2, where, faultOf(kind))
					tries := 0
					wantIs(t, b.Do(t.Context(), b.insertOnce(&tries), session.Retry{}), nil)
					if st := b.Stats(); tries != 3 || st.Retries != 2 || st.Commits != 1 {
						t.Errorf("%d tries; %+v", tries, st)
					}
					b.wantContent(1)
				})
			})
		}
	}
}

func TestDoTriesAgainWhenTheErrorWasSwallowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		b.stumble(1, "insert", faultOf(session.KindDeadlock))
		tries := 0
		do := b.insertOnce(&tries)
		wantIs(t, b.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
			_ = do(ctx, s)
			return nil
		}, session.Retry{}), nil)
		b.wantContent(1)
	})
}

func TestDoDoesNotTryAgain(t *testing.T) {
	business := errors.New("the order is already paid")
	for name, c := range map[string]struct {
		where    string
		reaction fakedriver.Reaction
		err      error // of the function
		want     error
	}{
		"after an unknown commit": {"commit", fakedriver.Reaction{Cut: fakedriver.CutAfter}, nil,
			session.ErrCommitUnknown},
		"after a COMMIT that the database cannot tell of": {"commit", faultOf(drivers.KindOutcomeUnknown), nil,
			session.ErrCommitUnknown},
		"after what would happen again":  {"insert", faultOf(session.KindUnique), nil, nil},
		"after the function's own error": {"nothing", fakedriver.Reaction{}, business, business},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, fakedriver.Options{}, session.Options{})
				b.stumble(2, c.where, c.reaction)
				tries := 0
				do := b.insertOnce(&tries)
				err := b.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
					if err := do(ctx, s); err != nil {
						return err
					}
					return c.err
				}, session.Retry{})
				if err == nil || tries != 1 || c.want != nil && !errors.Is(err, c.want) {
					t.Errorf("%d tries, error: %v", tries, err)
				}
			})
		})
	}
}

func TestDoDoesNotTryAgainWhatHasCommittedAPart(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	b.stumble(1, "values (2", faultOf(session.KindDeadlock))
	tries := 0
	err := b.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
		tries++
		b.exec(s, 1)
		wantIs(t, s.Commit(ctx), nil)
		_, err := s.Exec(ctx, "INSERT INTO t (id) VALUES (2)")
		return err
	}, session.Retry{})
	if session.KindOf(err) != session.KindDeadlock || tries != 1 {
		t.Errorf("%d tries, error: %v", tries, err)
	}
	b.wantContent(1)
}

func TestTheErrorOfALaterTryIsReturnedAsItIs(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	mine, tries := errors.New("the order is already paid"), 0
	err := b.Do(t.Context(), func(context.Context, *session.Session) error {
		if tries++; tries > 1 {
			return mine
		}
		return &session.Error{Kind: session.KindDeadlock, Err: mine}
	}, session.Retry{Wait: 1, MaxWait: 1})
	if err != mine || tries != 2 {
		t.Errorf("%d tries, error: %v", tries, err)
	}
}

func TestAPanicEndsTheTries(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	tries := 0
	func() {
		defer func() {
			if p := recover(); p != "lost my nerve" {
				t.Errorf("the panic was %v", p)
			}
		}()
		_ = b.Do(t.Context(), func(context.Context, *session.Session) error {
			tries++
			panic("lost my nerve")
		}, session.Retry{})
	}()
	if tries != 1 {
		t.Errorf("%d tries", tries)
	}
}

func TestTheBudgetEndsTheTries(t *testing.T) {
	for name, c := range map[string]struct {
		retry    session.Retry
		min, max int           // tries
		within   time.Duration // all of them
	}{
		"10 attempts by default": {session.Retry{}, 10, 10, 30 * time.Second},
		"attempts":               {session.Retry{Attempts: 3}, 3, 3, 30 * time.Second},
		"one attempt":            {session.Retry{Attempts: 1}, 1, 1, 0},
		"time":                   {session.Retry{Attempts: -1, Within: time.Minute}, 60, 10_000, time.Minute},
		"30 seconds by default":  {session.Retry{Attempts: -1}, 30, 10_000, 30 * time.Second},
		"long waits":             {session.Retry{Wait: time.Hour, MaxWait: time.Hour}, 1, 10, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, fakedriver.Options{}, session.Options{})
				b.db.OnRun(func(_ context.Context, step drivers.Step) *fakedriver.Reaction {
					if step.Op != drivers.OpCommit {
						return nil
					}
					r := faultOf(session.KindSerialization)
					return &r
				})
				tries, begun := 0, time.Now()
				err := b.Do(t.Context(), b.insertOnce(&tries), c.retry)
				if !session.IsRetryable(err) || tries < c.min || tries > c.max || time.Since(begun) > c.within {
					t.Errorf("%d tries in %v, error: %v", tries, time.Since(begun), err)
				}
				if tries > 1 {
					wantText(t, err.Error(), "gave up after")
				}
			})
		})
	}
}

// Full jitter: any wait up to the longest, which doubles.
func TestTheWaitIsRandomAndGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		retry := session.Retry{Attempts: 5, Wait: 100 * time.Millisecond, MaxWait: 300 * time.Millisecond}
		longest := []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 300 * time.Millisecond,
			300 * time.Millisecond}
		sums := make([]time.Duration, len(longest))
		const runs = 200
		for range runs {
			var at []time.Time
			_ = b.Do(t.Context(), func(context.Context, *session.Session) error {
				at = append(at, time.Now())
				return &session.Error{Kind: session.KindDeadlock, Err: errors.New("again")}
			}, retry)
			for i := range sums {
				wait := at[i+1].Sub(at[i])
				sums[i] += wait
				if wait > longest[i] {
					t.Errorf("wait %d was %v", i+1, wait)
				}
			}
		}
		for i, sum := range sums { // evenly spread waits have half the longest as their mean
			mean := sum / runs
			if want := longest[i] / 2; mean < want*3/4 || mean > want*5/4 {
				t.Errorf("wait %d was %v in the mean, want about %v", i+1, mean, want)
			}
		}
	})
}

func TestTheContextEndsTheTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		again := &session.Error{Kind: session.KindDeadlock, Err: errors.New("again")}
		retry := session.Retry{Wait: 8 * time.Second, MaxWait: 8 * time.Second, Attempts: -1, Within: -1}
		tries := 0
		try := func(context.Context, *session.Session) error { tries++; return again }

		ctx, cancel := context.WithCancel(t.Context())
		begun := time.Now()
		time.AfterFunc(time.Minute, cancel)
		wantIs(t, b.Do(ctx, try, retry), again)
		if took := time.Since(begun); took > time.Minute || tries < 2 {
			t.Errorf("%d tries in %v", tries, took)
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun = time.Now()
		wantIs(t, b.Do(ctx, try, retry), again)
		if took := time.Since(begun); took >= time.Minute { // it does not wait for a try that cannot be
			t.Errorf("it took %v", took)
		}
	})
}

func TestNothingIsHeldBetweenTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1})
		b.stumble(1, "insert", faultOf(session.KindDeadlock))
		done := make(chan error)
		go func() {
			tries := 0
			done <- b.Do(t.Context(), b.insertOnce(&tries), session.Retry{Wait: time.Minute, MaxWait: time.Minute,
				Within: -1})
		}()
		synctest.Wait()
		if st := b.Stats(); st.Sessions != 1 || st.InUse != 0 {
			t.Errorf("after the first try: %+v", st)
		}
		wantIs(t, <-done, nil)
		b.wantContent(1)
	})
}

func TestHooksOfTriesThatFailedAreDropped(t *testing.T) {
	for _, where := range []string{"insert", "commit"} {
		synctest.Test(t, func(t *testing.T) {
			b := newBed(t, fakedriver.Options{}, session.Options{})
			b.stumble(2, where, faultOf(session.KindSerialization))
			var got []string
			tries := 0
			do := b.insertOnce(&tries)
			hooked := func(ctx context.Context, s *session.Session) error {
				heard(t, s, &got, string(rune('1'+tries)))
				return do(ctx, s)
			}
			wantIs(t, b.Do(t.Context(), hooked, session.Retry{}), nil)
			wantHeard(t, got, "3 committed")

			got, tries = nil, 0
			b.stumble(2, where, faultOf(session.KindSerialization))
			err := b.Do(t.Context(), hooked, session.Retry{Attempts: 2})
			if !session.IsRetryable(err) {
				t.Errorf("the error is %v", err)
			}
			wantHeard(t, got, "2 rolled back") // the last try's
		})
	}
}

func TestHooksOfATryThatPanickedAreHeard(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	var got []string
	func() {
		defer func() { _ = recover() }()
		_ = b.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
			heard(t, s, &got, "1")
			b.exec(s, 1)
			panic("lost my nerve")
		}, session.Retry{})
	}()
	wantHeard(t, got, "1 rolled back")
}

func TestRetryRefusesWhatMakesNoSense(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	never := func(context.Context, *session.Session) error { t.Error("it was run"); return nil }
	for want, opts := range map[string][]session.Option{
		"Retry.Wait is -1ns":    {session.Retry{Wait: -1}},
		"MaxWait -1ns":          {session.Retry{MaxWait: -1}},
		"given Retry twice":     {session.Retry{}, session.Retry{}},
		"given TxOptions twice": {session.TxOptions{}, readOnly},
	} {
		err := b.Do(t.Context(), never, opts...)
		if err == nil {
			t.Errorf("%s: no error", want)
			continue
		}
		wantText(t, err.Error(), want)
	}
}
