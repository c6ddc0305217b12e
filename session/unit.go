package session

import (
	"strconv"

	"github.com/sqlscope/sqlscope/drivers"
)

// unit is one transaction of a session, from its first statement to its end.
type unit struct {
	opts   TxOptions
	lease  *lease // nil until the first flight
	flight drivers.Flight
	room   [4]drivers.Step // for most flights, all that is needed
	// levels holds, for each waiting step, the depth of savepoints it belongs
	// to: when it fails, it is that level that has failed.
	levels []int
	marks  [4]int
	saves  []*Savepoint // those that are open, outermost first
	rows   *Rows        // those that are open
	// failed is the first cause, failedAt the level it made useless: 0 for the
	// whole transaction, n for the n-th open savepoint and those inside it.
	failed   error
	failedAt int
	// autocommit sends no BEGIN: RunSync where DDL cannot be rolled back.
	autocommit bool
	exposed    bool   // native code has had the connection, and may have kept it
	unknown    bool   // COMMIT was sent and got no answer
	worked     bool   // a statement has run
	named      int    // savepoints named so far
	result     Result // of the statement sent last
	flown      int    // number of steps of the last flight
	wanted     []want // results of waiting steps that somebody asked for
}

// want is where the result of a waiting step goes.
type want struct {
	step int
	to   *Result
}

func newUnit(opts TxOptions) *unit {
	u := &unit{opts: opts}
	u.flight.Steps = u.room[:0]
	u.levels = u.marks[:0]
	u.wait(drivers.Step{Op: drivers.OpBegin, Tx: (*drivers.TxOptions)(&u.opts)})
	return u
}

// wait appends a step to what the next flight carries.
func (u *unit) wait(step drivers.Step) {
	u.flight.Steps = append(u.flight.Steps, step)
	u.levels = append(u.levels, len(u.saves))
}

// truncate drops the waiting steps from the n-th on.
func (u *unit) truncate(n int) {
	clear(u.flight.Steps[n:]) // let go of the arguments
	u.flight.Steps = u.flight.Steps[:n]
	u.levels = u.levels[:n]
	for len(u.wanted) > 0 && u.wanted[len(u.wanted)-1].step >= n {
		u.wanted = u.wanted[:len(u.wanted)-1]
	}
}

// want has the result of the step that waits last written to res, if it is not nil.
func (u *unit) want(res *Result) {
	if res != nil {
		u.wanted = append(u.wanted, want{len(u.flight.Steps) - 1, res})
	}
}

// dropReleases drops the releases that COMMIT, which is next, makes by itself:
// where steps travel one by one each of them is a round trip.
func (u *unit) dropReleases() {
	n := len(u.flight.Steps)
	for n > 0 && u.flight.Steps[n-1].Op == drivers.OpRelease {
		n--
	}
	u.truncate(n)
}

// resultFrom is the result of the n-th step and those after it.
func (u *unit) resultFrom(n int) (sum Result) {
	for i := range u.flight.Steps[n:] {
		r := &u.flight.Steps[n+i].Result
		sum.RowsAffected += r.RowsAffected
		sum.LastInsertID = r.LastInsertID
	}
	return sum
}

// waits reports whether a statement waits to be sent.
func (u *unit) waits() bool {
	for i := range u.flight.Steps {
		if u.flight.Steps[i].Op == drivers.OpExec {
			return true
		}
	}
	return false
}

// fail makes the level, and what is inside it, useless. The first cause stays,
// unless a later one reaches further out.
func (u *unit) fail(level int, cause error) {
	if u.failed == nil || level < u.failedAt {
		u.failed, u.failedAt = cause, level
	}
}

// refuse is what a transaction that has failed answers with.
func (u *unit) refuse() error {
	f := &failure{is: ErrTxFailed, cause: u.failed}
	if IsConstraint(u.failed) {
		f.hint = "; what may fail alone goes into a savepoint (Nested)"
	}
	return f
}

func (u *unit) nextName() string {
	u.named++
	return "sqlscope_" + strconv.Itoa(u.named)
}

// established notes what the server has confirmed: which savepoints it has, that
// something was done, and results.
func (u *unit) established() {
	for _, w := range u.wanted {
		if w.step < u.flight.Done {
			*w.to = u.flight.Steps[w.step].Result
		}
	}
	for i := range u.flight.Steps[:u.flight.Done] {
		step := &u.flight.Steps[i]
		u.worked = u.worked || isStatement(step.Op)
		if step.Op == drivers.OpSavepoint {
			for _, sp := range u.saves {
				if sp.name == step.Name {
					sp.sent = true
				}
			}
		}
	}
}

// spoil makes the transaction fail if the end of a savepoint that is still open
// was refused: what it should have undone must not be committed.
func (u *unit) spoil() {
	if u == nil {
		return
	}
	for _, sp := range u.saves {
		if sp.refused.Load() {
			u.fail(0, refuse(ErrConcurrentUse, "the savepoint %s could not be ended", sp.name))
		}
	}
}
