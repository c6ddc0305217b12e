package fakedriver

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// later runs the steps on a goroutine and waits until they are blocked.
func later(t *testing.T, c *Conn, steps ...drivers.Step) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := send(t.Context(), c, steps...)
		done <- err
	}()
	synctest.Wait()
	return done
}

func beginWith(opts drivers.TxOptions) drivers.Step {
	return drivers.Step{Op: drivers.OpBegin, Tx: &opts}
}

func TestAnUpdateWaitsForTheRowAndSeesWhatWasCommitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p, a := withTable(t, Options{})
		b := acquire(t, p)
		update := exec("UPDATE t SET n = n + 1 WHERE id = 1")
		must(t, a, begin, update)
		done := later(t, b, begin, update, commit)
		wantSeen(t, acquire(t, p), "SELECT n FROM t WHERE id = 1", "10")
		must(t, a, commit)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		wantSeen(t, a, "SELECT n FROM t WHERE id = 1", "12")
	})
}

func TestASecondInsertOfAKeyWaitsForTheFirst(t *testing.T) {
	for _, end := range []drivers.Step{commit, rollback} {
		synctest.Test(t, func(t *testing.T) {
			_, p, a := withTable(t, Options{})
			b := acquire(t, p)
			insert := exec("INSERT INTO t (id) VALUES (3)")
			must(t, a, begin, insert)
			done := later(t, b, insert)
			must(t, a, end)
			if err := <-done; (kindOf(err) == drivers.KindUnique) != (end.Op == drivers.OpCommit) {
				t.Errorf("after %v of the first: %v", end.Op, err)
			}
		})
	}
}

func TestAWaitForALockEndsWithTheContextAndTheLockTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p, a := withTable(t, Options{})
		b := acquire(t, p)
		update := exec("UPDATE t SET n = 0")
		must(t, a, begin, update)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := send(ctx, b, begin, update)
		wantKind(t, err, drivers.KindCancelled)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the context's error is not in %v", err)
		}
		must(t, b, rollback)
		_, err = send(t.Context(), b, beginWith(drivers.TxOptions{LockTimeout: time.Minute}), update)
		wantKind(t, err, drivers.KindLockTimeout)
	})
}

func TestTheOneWhoClosesACircleOfWaitsIsTheVictim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p, a := withTable(t, Options{})
		b := acquire(t, p)
		first := exec("UPDATE t SET n = n + 1 WHERE id = 1")
		second := exec("UPDATE t SET n = n + 1 WHERE id = 2")
		must(t, a, begin, first)
		must(t, b, begin, second)
		done := later(t, a, second)
		_, err := send(t.Context(), b, first)
		wantKind(t, err, drivers.KindDeadlock)
		must(t, b, rollback)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		must(t, a, commit)
		wantSeen(t, b, "SELECT n FROM t", "11;21")
	})
}

func TestRepeatableReadKeepsItsSnapshotAndRefusesToOverwrite(t *testing.T) {
	_, p, a := withTable(t, Options{})
	b := acquire(t, p)
	must(t, a, beginWith(drivers.TxOptions{Isolation: drivers.RepeatableRead}))
	wantSeen(t, a, "SELECT n FROM t", "10;20")
	must(t, b, exec("UPDATE t SET n = 0 WHERE id = 1"), exec("INSERT INTO t (id) VALUES (3)"))
	wantSeen(t, a, "SELECT n FROM t", "10;20")
	_, err := send(t.Context(), a, exec("UPDATE t SET n = n + 1 WHERE id = 1"))
	wantKind(t, err, drivers.KindSerialization)
}

func TestADeferredReferenceIsCheckedByCommit(t *testing.T) {
	_, _, c := withTable(t, Options{})
	must(t, c, exec("CREATE TABLE u (id BIGINT, t_id BIGINT REFERENCES t (id) "+
		"DEFERRABLE INITIALLY DEFERRED)"))
	must(t, c, begin, exec("INSERT INTO u (id, t_id) VALUES (1, 3)"),
		exec("INSERT INTO t (id) VALUES (3)"), commit)
	f, err := send(t.Context(), c, begin, exec("INSERT INTO u (id, t_id) VALUES (2, 9)"), commit)
	wantKind(t, err, drivers.KindForeignKey)
	if f.Done != 2 {
		t.Errorf("done %d, want 2: COMMIT failed", f.Done)
	}
	wantState(t, c, drivers.TxIdle)
	wantSeen(t, c, "SELECT id FROM u", "1")
}
