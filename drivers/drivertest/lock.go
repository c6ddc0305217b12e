package drivertest

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// LockCases are the cases about the locks of RunSync, among all of [Cases]. They
// hold as well where a lock is a lease, but for the one about a lost connection.
func LockCases() []Case { return slices.Clone(lockCases) }

var lockCases = []Case{
	{
		Name: "Two engines are never in a RunSync of one name at once",
		Rule: "The lock of a RunSync holds between processes, with a transaction and without.",
		Run:  lockExcludes,
	},
	{
		Name: "A RunSync that has ended holds no lock",
		Rule: "Whether its function succeeded, failed or panicked: when RunSync has returned, " +
			"others get the lock, and the connection is as it was.",
		Run: lockEnds,
	},
	{
		Name: "A wait for a lock ends in time and says who holds it",
		Rule: "After LockWait, RunSync fails with a *LockTimeoutError that names the holder. " +
			"Each call has the whole time.",
		Run: lockTimesOut,
	},
	{
		Name: "A wait for a lock ends with its context",
		Rule: "Who waits for a lock of another process gives up with the context's error.",
		Run:  lockCancelled,
	},
	{
		Name: "A lock goes with the connection that holds it",
		Rule: "When the holder's connection is lost, others get the lock, and the holder runs " +
			"nothing more and returns ErrLockLost.",
		Needs: all(locks, remote),
		Run:   lockLost,
	},
	{
		Name: "RunSyncs of two names do not wait for each other",
		Rule: "A lock has a name, and locks of other names are other locks. A database with a " +
			"single writer may have one for all.",
		Needs: not(singleWriter),
		Run:   lockNames,
	},
	{
		Name: "SyncHolder tells who is inside and then nobody",
		Rule: "SyncHolder takes no lock and waits for nobody.",
		Run:  lockHolder,
	},
	{
		Name: "A RunSync without a transaction has transactions of its own",
		Rule: "SyncConn.Do commits or rolls back alone on the connection with the lock, and " +
			"SyncConn.Apart fails alone.",
		Run: lockParts,
	},
}

// alone is a RunSync without a transaction.
var alone = session.SyncOptions{NoTransaction: true}

// hold has e inside a RunSync until the function it returns is called, which
// tells what RunSync returned.
func (t *T) hold(e *session.Engine, name string) (release func() error) {
	t.Helper()
	inside, leave, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	t.Go(func() {
		done <- e.RunSync(t.Context(), name, func(ctx context.Context, c *session.SyncConn) error {
			close(inside)
			select {
			case <-leave:
			case <-ctx.Done():
			}
			_, err := session.One[int](ctx, c, "SELECT 1")
			return err
		}, alone)
	})
	select {
	case <-inside:
	case err := <-done:
		t.Fatalf("RunSync of the holder: %v", err)
	}
	released := false
	release = func() error {
		if released {
			return nil
		}
		released = true
		close(leave)
		return <-done
	}
	t.Cleanup(func() { _ = release() })
	return release
}

func nothing(context.Context, *session.SyncConn) error { return nil }

func lockExcludes(t *T) {
	table := t.Items()
	engines := []*session.Engine{t.DB, t.Another(), t.Another()}
	var inside, overlaps, ids atomic.Int64
	t.together(6, func(worker int) error {
		opts := session.SyncOptions{NoTransaction: worker%2 == 0}
		return engines[worker%3].RunSync(t.Context(), t.Name("lock"),
			func(_ context.Context, c *session.SyncConn) error {
				if inside.Add(1) > 1 {
					overlaps.Add(1)
				}
				defer inside.Add(-1)
				<-t.Soon(5 * time.Millisecond).Done() // time for others to come in
				return t.TryInsert(c, table, ids.Add(1))
			}, opts)
	})
	Equal(t, "functions that overlapped", overlaps.Load(), 0)
	Equal(t, "rows", len(t.IDs(t.Session(), table)), 6)
}

func lockEnds(t *T) {
	other, name := t.Another(), t.Name("lock")
	soon := session.SyncOptions{LockWait: 5 * time.Second}
	mine := errors.New("mine")
	for _, opts := range []session.SyncOptions{{}, alone} {
		t.NoErr("RunSync", t.DB.RunSync(t.Context(), name, nothing, opts))
		t.NoErr("RunSync after one that succeeded", other.RunSync(t.Context(), name, nothing, soon))
		err := t.DB.RunSync(t.Context(), name,
			func(context.Context, *session.SyncConn) error { return mine }, opts)
		t.ErrIs("RunSync", err, mine)
		t.NoErr("RunSync after one that failed", other.RunSync(t.Context(), name, nothing, soon))
		func() {
			defer func() { Equal(t, "what RunSync panics with", recover(), any("mine")) }()
			_ = t.DB.RunSync(t.Context(), name,
				func(context.Context, *session.SyncConn) error { panic("mine") }, opts)
		}()
		t.NoErr("RunSync after one that panicked", other.RunSync(t.Context(), name, nothing, soon))
	}
	t.AllBack()
}

func lockTimesOut(t *T) {
	other, name := t.Another(), t.Name("lock")
	t.hold(t.DB, name)
	const limit = 300 * time.Millisecond
	for range 2 {
		start := time.Now()
		err := other.RunSync(t.Context(), name, nothing, session.SyncOptions{LockWait: limit})
		var late *session.LockTimeoutError
		if !errors.As(err, &late) {
			t.Fatalf("RunSync: got error %v, want a *LockTimeoutError", err)
		}
		if waited := time.Since(start); waited < limit || late.Waited < limit {
			t.Fatalf("RunSync waited %v and says %v, want %v", waited, late.Waited, limit)
		}
		t.Within("a wait of 300 ms", start, 10*time.Second)
		if late.Holder == nil || late.Holder.Connection == "" {
			t.Fatalf("the error does not name the holder: %v", err)
		}
	}
}

func lockCancelled(t *T) {
	other, name := t.Another(), t.Name("lock")
	t.hold(t.DB, name)
	err := other.RunSync(t.Soon(100*time.Millisecond), name, nothing)
	t.ErrIs("RunSync", err, context.DeadlineExceeded)
}

func lockLost(t *T) {
	if t.Faults.Kill == nil {
		t.Skip("the harness cannot kill connections")
	}
	other, name := t.Another(), t.Name("lock")
	release := t.hold(t.DB, name)
	t.NoErr("Kill", t.Faults.Kill(t.Context()))
	soon := session.SyncOptions{LockWait: 10 * time.Second}
	t.NoErr("RunSync of another", other.RunSync(t.Context(), name, nothing, soon))
	t.ErrIs("RunSync of the holder", release(), session.ErrLockLost)
	t.AllBack()
}

func lockNames(t *T) {
	other := t.Another()
	t.hold(t.DB, t.Name("lock"))
	soon := session.SyncOptions{LockWait: 5 * time.Second}
	t.NoErr("RunSync of another name", other.RunSync(t.Context(), t.Name("other"), nothing, soon))
}

func lockHolder(t *T) {
	other, name := t.Another(), t.Name("lock")
	release := t.hold(t.DB, name)
	h, err := other.SyncHolder(t.Context(), name)
	t.NoErr("SyncHolder", err)
	if h == nil || h.Connection == "" {
		t.Fatalf("SyncHolder: got %+v, want who is inside", h)
	}
	t.NoErr("RunSync", release())
	h, err = other.SyncHolder(t.Context(), name)
	t.NoErr("SyncHolder", err)
	if h != nil {
		t.Fatalf("SyncHolder: got %+v, want nobody", h)
	}
}

func lockParts(t *T) {
	table := t.Items()
	mine := errors.New("mine")
	err := t.DB.RunSync(t.Context(), t.Name("lock"), func(ctx context.Context, c *session.SyncConn) error {
		t.NoErr("Do", c.Do(ctx, func(_ context.Context, s *session.Session) error {
			return t.TryInsert(s, table, 1)
		}))
		t.ErrIs("Do", c.Do(ctx, func(_ context.Context, s *session.Session) error {
			t.Insert(s, table, 2)
			return mine
		}), mine)
		err := c.Apart(ctx, func(_ context.Context, c *session.SyncConn) error {
			t.Insert(c, table, 3)
			return t.TryInsert(c, table, 3)
		})
		t.KindIs("Apart", err, session.KindUnique)
		return t.TryInsert(c, table, 4)
	}, alone)
	t.NoErr("RunSync", err)
	t.Holds(table, 1, 3, 4)
}
