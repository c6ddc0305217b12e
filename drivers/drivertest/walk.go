package drivertest

import (
	"math/rand/v2"
	"slices"

	"github.com/sqlscope/sqlscope/session"
)

var walkCases = []Case{{
	Name: "A random walk of operations ends where the rules say",
	Rule: "Whatever the order of statements, queued ones, failures, savepoints and endings, " +
		"what is visible and what is refused follows from the rules of the session.",
	Run: randomWalk,
}}

// walk goes through a session at random and knows what must come of it.
type walk struct {
	*T
	rng       *rand.Rand
	table     string
	s         *session.Session
	next      int64   // id of the next row
	committed []int64 // what everybody sees
	levels    []*level
	failed    int // the level that has failed; -1: none
	waits     []waiting
}

// level is the transaction, with sp nil, or a savepoint in it.
type level struct {
	sp   *session.Savepoint
	rows []int64
}

// waiting is a queued INSERT; bad ones insert a key that is there.
type waiting struct {
	level int
	id    int64
	bad   bool
}

// taken is the key of a row that is always there.
const taken = 0

func randomWalk(t *T) {
	seed := t.seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("Harness.Seed was %d", seed)
	w := &walk{T: t, rng: rand.New(rand.NewPCG(seed, 0)), table: t.Items(), s: t.Session(),
		next: 1, committed: []int64{taken}}
	t.Fill(w.table, taken)
	w.begin()
	steps := []func(){w.insert, w.insert, w.insert, w.breaks, w.queue, w.queue, w.queueBad,
		w.read, w.commit, w.rollback}
	if t.Caps.Savepoints {
		steps = append(steps, w.open, w.open, w.open, w.release, w.release, w.rollBackTo, w.rollBackTo)
	}
	for range 250 {
		steps[w.rng.IntN(len(steps))]()
	}
	w.rollback()
	t.AllBack()
	t.Holds(w.table, w.committed...)
}

func (w *walk) begin() {
	w.levels, w.failed, w.waits = []*level{{}}, -1, nil
}

func (w *walk) top() int { return len(w.levels) - 1 }

// on is the innermost savepoint, or the session.
func (w *walk) on() interface {
	session.Querier
	opener
	Queue(sql string, args ...any) error
} {
	if sp := w.levels[w.top()].sp; sp != nil {
		return sp
	}
	return w.s
}

// flies says what becomes of the queued statements when a flight is sent: those
// before a bad one are done, and the bad one's level has failed.
func (w *walk) flies() (ok bool) {
	waits := w.waits
	w.waits = nil
	for _, q := range waits {
		if q.bad {
			w.failed = q.level
			return false
		}
		w.levels[q.level].rows = append(w.levels[q.level].rows, q.id)
	}
	return true
}

// sent checks the error of something that was sent with what waited.
func (w *walk) sent(what string, err error) (ok bool) {
	w.Helper()
	switch {
	case w.failed >= 0:
		w.ErrIs(what+" after a failure", err, session.ErrTxFailed)
		return false
	case !w.flies():
		w.KindIs(what+" with a bad queued statement", err, session.KindUnique)
		return false
	}
	return true
}

func (w *walk) insert() {
	w.next++
	if err := w.TryInsert(w.on(), w.table, w.next); w.sent("INSERT", err) {
		w.NoErr("INSERT", err)
		w.levels[w.top()].rows = append(w.levels[w.top()].rows, w.next)
	}
}

func (w *walk) breaks() {
	if err := w.TryInsert(w.on(), w.table, taken); w.sent("a bad INSERT", err) {
		w.KindIs("a bad INSERT", err, session.KindUnique)
		w.failed = w.top()
	}
}

func (w *walk) queue() {
	w.next++
	w.enqueue(w.next, false)
}

func (w *walk) queueBad() {
	if w.rng.IntN(3) == 0 {
		w.enqueue(taken, true)
	}
}

func (w *walk) enqueue(id int64, bad bool) {
	err := w.on().Queue("INSERT INTO "+w.table+" (id, n) VALUES (?, ?)", id, id)
	if w.failed >= 0 {
		w.ErrIs("Queue after a failure", err, session.ErrTxFailed)
		return
	}
	w.NoErr("Queue", err)
	w.waits = append(w.waits, waiting{w.top(), id, bad})
}

func (w *walk) read() {
	got, err := session.Collect[int64](w.Context(), w.on(), "SELECT id FROM "+w.table+" ORDER BY id")
	if !w.sent("SELECT", err) {
		return
	}
	w.NoErr("SELECT", err)
	if want := w.visible(); !slices.Equal(got, want) {
		w.Fatalf("the session sees %v, want %v", got, want)
	}
}

func (w *walk) visible() []int64 {
	all := slices.Clone(w.committed)
	for _, l := range w.levels {
		all = append(all, l.rows...)
	}
	slices.Sort(all)
	return all
}

func (w *walk) open() {
	if w.top() >= 4 {
		return
	}
	sp, err := w.on().Savepoint()
	if w.failed >= 0 {
		w.ErrIs("Savepoint after a failure", err, session.ErrTxFailed)
		return
	}
	w.NoErr("Savepoint", err)
	w.levels = append(w.levels, &level{sp: sp})
}

// pop takes the innermost savepoint off.
func (w *walk) pop() *level {
	l := w.levels[w.top()]
	w.levels = w.levels[:w.top()]
	return l
}

func (w *walk) release() {
	if w.top() == 0 {
		return
	}
	at := w.top()
	l := w.pop()
	err := l.sp.Release()
	if w.failed >= 0 {
		w.ErrIs("Release after a failure", err, session.ErrTxFailed)
		w.recover(at)
		return
	}
	w.NoErr("Release", err)
	w.levels[w.top()].rows = append(w.levels[w.top()].rows, l.rows...)
	for i := range w.waits { // what was queued in it is now its parent's
		w.waits[i].level = min(w.waits[i].level, w.top())
	}
}

func (w *walk) rollBackTo() {
	if w.top() == 0 {
		return
	}
	at := w.top()
	err := w.pop().sp.Rollback()
	if w.failed >= 0 && w.failed < at {
		w.ErrIs("Rollback inside a failure", err, session.ErrTxFailed)
		return
	}
	w.NoErr("Rollback", err)
	w.recover(at)
	w.waits = slices.DeleteFunc(w.waits, func(q waiting) bool { return q.level == at })
}

// recover ends a failure of the level that was rolled back.
func (w *walk) recover(at int) {
	if w.failed == at {
		w.failed = -1
	}
}

func (w *walk) commit() {
	if w.rng.IntN(2) == 0 {
		return
	}
	err := w.s.Commit(w.Context())
	if w.sent("Commit", err) {
		w.NoErr("Commit", err)
		w.committed = w.visible()
	}
	w.StateIs(w.s, session.StateIdle)
	w.begin()
}

func (w *walk) rollback() {
	if w.rng.IntN(3) > 0 {
		w.NoErr("Rollback", w.s.Rollback(w.Context()))
	} else {
		w.NoErr("Close", w.s.Close())
		w.s = w.Session()
	}
	w.begin()
}
