package drivertest

import (
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/session"
)

// cutCases lose the connection at an exact point of a request; they need
// Faults.Cut. Each runs for the three phases.
func cutCases() (cases []Case) {
	for _, phase := range []Phase{Before, During, After} {
		cases = append(cases, Case{
			Name: fmt.Sprintf("A statement cut %v its work is not executed again", phase),
			Rule: "A statement in a transaction whose connection is lost is KindConnLost; it is " +
				"never sent again, and the transaction is undone.",
			Run: func(t *T) { cutStatement(t, phase) },
		}, Case{
			Name: fmt.Sprintf("A first statement cut %v its work is done once or not at all", phase),
			Rule: "A first flight that is lost either fails as KindConnLost, or was sent once " +
				"more on a fresh connection: nothing of it was committed. It never counts twice.",
			Run: func(t *T) { cutFirst(t, phase) },
		}, Case{
			Name: fmt.Sprintf("A COMMIT cut %v its work is reported as it is", phase),
			Rule: "A COMMIT that was sent and got no answer is ErrCommitUnknown and is never " +
				"sent again. Any other error means that nothing was written.",
			Run: func(t *T) { cutCommit(t, phase) },
		}, Case{
			Name: fmt.Sprintf("A single flight with COMMIT cut %v its work is never sent again", phase),
			Rule: "A first flight that carries COMMIT is not replayed: it may have happened.",
			Run:  func(t *T) { cutWhole(t, phase) },
		})
	}
	return cases
}

// cut arms a cut, or skips the case.
func (t *T) cut(phase Phase, text string) <-chan struct{} {
	t.Helper()
	if t.Faults.Cut == nil {
		t.Skip("the harness has no Faults.Cut")
	}
	return t.Faults.Cut(phase, text)
}

// wasCut checks that the cut has met its request.
func (t *T) wasCut(done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-t.Soon(patience).Done():
		t.Fatal("the cut never met its request")
	}
}

func cutStatement(t *T, phase Phase) {
	table := t.Items()
	other := t.Items2()
	s := t.Session()
	t.Insert(s, table, 1)
	done := t.cut(phase, other)
	err := t.TryInsert(s, other, 2)
	t.wasCut(done)
	t.KindIs("the statement", err, session.KindConnLost)
	t.ErrIs("the next", t.TryInsert(s, table, 3), session.ErrTxFailed)
	t.ErrIs("Commit", s.Commit(t.Context()), session.ErrTxFailed)
	t.holdsSoon(table)
	t.holdsSoon(other)
}

// Items2 makes a second table like that of Items.
func (t *T) Items2() string {
	t.Helper()
	return t.Table("others", "id "+t.Spell.Key, "n "+t.Spell.Integer, "name "+t.Spell.Text)
}

func cutFirst(t *T, phase Phase) {
	table := t.Items()
	s := t.Session()
	done := t.cut(phase, table)
	err := t.TryInsert(s, table, 1)
	t.wasCut(done)
	if err == nil {
		t.NoErr("Commit", s.Commit(t.Context()))
		t.Holds(table, 1)
		return
	}
	t.KindIs("the statement", err, session.KindConnLost)
	Equal(t, "IsRetryable", session.IsRetryable(err), true)
	t.NoErr("Rollback", s.Rollback(t.Context()))
	t.holdsSoon(table)
	t.Insert(s, table, 2)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 2)
}

func cutCommit(t *T, phase Phase) {
	table := t.Items()
	t.Fill(table, 9)
	s := t.Session()
	t.NoErr("UPDATE", t.addTo(s, table, 9))
	done := t.cut(phase, "commit")
	err := s.Commit(t.Context())
	t.wasCut(done)
	t.StateIs(s, session.StateIdle)
	t.committed(phase, table, err, 90)
}

// committed checks what Commit reported against what is there: row 9 with n
// raised by one, once, or not at all.
func (t *T) committed(phase Phase, table string, err error, before int64) {
	t.Helper()
	if err == nil {
		t.Fatal("Commit is nil, and its answer never came")
	}
	t.AllBack()
	n := t.N(t.Session(), table, 9)
	unknown := errors.Is(err, session.ErrCommitUnknown)
	switch {
	case n != before && n != before+1:
		t.Fatalf("n is %d; the UPDATE was done %d times", n, n-before)
	case n == before+1 && !unknown, phase != Before && !unknown:
		t.Fatalf("Commit reports %v, and it may have happened", err)
	case phase == Before && n != before:
		t.Fatal("the server never saw COMMIT, and it has happened")
	case phase == After && n != before+1:
		t.Fatal("the server answered COMMIT, and it has not happened")
	}
	if unknown && session.IsRetryable(err) {
		t.Fatal("an unknown COMMIT is called retryable")
	}
}

func cutWhole(t *T, phase Phase) {
	table := t.Items()
	t.Fill(table, 9)
	s := t.Session()
	t.NoErr("Queue", s.Queue("UPDATE "+table+" SET n = n + 1 WHERE id = ?", 9))
	done := t.cut(phase, "commit")
	err := s.Commit(t.Context())
	t.wasCut(done)
	t.committed(phase, table, err, 90)
}
