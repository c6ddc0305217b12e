package drivertest

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
)

// mutant is a driver with one fault, and the cases that must find it.
type mutant struct {
	name  string
	opts  fakedriver.Options
	fault fault
	cases []string
}

// mutants are the broken drivers, each with the case that is its own first.
var mutants = []mutant{
	{
		name:  "commits on rollback",
		fault: fault{steps: rollbackCommits},
		cases: []string{"Rollback undoes everything", "Close undoes everything",
			"What was committed in a sandbox is undone with it"},
	},
	{
		name:  "rolls back on commit",
		fault: fault{steps: commitRollsBack},
		cases: []string{"What is committed is seen by others"},
	},
	{
		name:  "forgets a savepoint",
		fault: fault{steps: rollbackToNothing},
		cases: []string{"Rolling back to a savepoint undoes its part and no more",
			"A random walk of operations ends where the rules say"},
	},
	{
		name:  "releases a savepoint by rolling it back",
		fault: fault{steps: releaseUndoes},
		cases: []string{"A released savepoint keeps its work",
			"Transactions in a sandbox see what was committed before and not what was rolled back",
			"A transaction that is begun inside another one in a sandbox"},
	},
	{
		name:  "goes on after a failed step",
		opts:  fakedriver.Options{FailsAlone: true},
		fault: fault{run: runOn},
		cases: []string{
			"A queued statement that fails makes Commit fail and nothing is written"},
	},
	{
		name:  "swallows the error of a step that is not the last",
		fault: fault{run: swallowEarly},
		opts:  fakedriver.Options{FailsAlone: true},
		cases: []string{
			"A queued statement that fails surfaces at the next statement"},
	},
	{
		name:  "swallows the error of COMMIT",
		fault: fault{run: swallowCommit},
		cases: []string{"A COMMIT that the server refuses is an error and not an unknown outcome"},
	},
	{
		name:  "gives a connection back in its transaction",
		fault: fault{run: keepTransaction, state: alwaysIdle},
		cases: []string{"A connection comes back without a transaction"},
	},
	{
		name:  "hides that the database has ended the transaction",
		opts:  endsOnDeadlock,
		fault: fault{run: savepointsAlways, state: neverEnded},
		cases: []string{"A deadlock inside a savepoint is undone alone or fails the whole"},
	},
	{
		name:  "hides that DDL commits",
		opts:  commitsDDL,
		fault: fault{silent: true},
		cases: []string{"DDL that fails says whether it has committed"},
	},
	{
		name:  "executes every statement twice",
		fault: fault{steps: execTwice},
		cases: []string{"Each statement runs once"},
	},
	{
		name:  "runs many rows twice",
		fault: fault{steps: manyTwice},
		cases: []string{"ExecMany runs the statement once for each row and sums what it touched",
			"ExecMany updates and deletes as well"},
	},
	{
		name:  "drops the last of many rows",
		fault: fault{steps: dropLastRow},
		cases: []string{"ExecMany takes more rows than travel at a time",
			"ExecMany keeps the values of each row apart"},
	},
	{
		name:  "gives every row the values of the first",
		fault: fault{steps: firstRowAgain},
		cases: []string{"ExecMany keeps the values of each row apart"},
	},
	{
		name:  "tells what the last of many rows touched",
		fault: fault{run: countsLastRow},
		cases: []string{"ExecMany runs the statement once for each row and sums what it touched"},
	},
	{
		name:  "goes on after a row that failed",
		opts:  fakedriver.Options{FailsAlone: true},
		fault: fault{run: rowsRunOn},
		cases: []string{"A row that fails fails ExecMany and nothing is written",
			"A row that fails in a later part undoes the parts before it",
			"ExecMany in a savepoint fails alone",
			"ExecMany in RunSync is all rows or none"},
	},
	{
		name:  "takes a trip for every row",
		fault: fault{run: rowByRow},
		cases: []string{"ExecMany takes one round trip for many rows"},
	},
	{
		name:  "cannot be cancelled between rows",
		fault: fault{run: deafToMany},
		cases: []string{
			"Cancelling ExecMany in the middle fails the transaction and nothing is written"},
	},
	{
		name:  "drops queued statements",
		fault: fault{steps: dropQueued},
		cases: []string{"Queued statements travel with Commit",
			"Queued statements run in order before the next one"},
	},
	{
		name:  "ignores cancellation",
		fault: fault{run: deaf},
		cases: []string{"Cancelling a statement fails the transaction and the work before it is undone",
			"Cancelling the first flight leaves nothing behind"},
	},
	{
		name:  "cancels the statement after the one meant",
		fault: fault{run: lateCancel()},
		cases: []string{"A cancellation never reaches a later statement"},
	},
	{
		name:  "reports a cancelled statement as done",
		fault: fault{run: cancelledIsDone},
		cases: []string{"Cancelling the first flight leaves nothing behind"},
	},
	{
		name:  "cuts rows off in silence",
		fault: fault{rows: func(r *mutantRows) { r.quiet = true }},
		cases: []string{"Cancelling in the middle of the rows ends them with the context's error",
			"A connection that dies while rows are read is an error of the rows",
			"An error in the middle of the rows fails the transaction"},
	},
	{
		name:  "mixes up columns",
		fault: fault{rows: func(r *mutantRows) { r.swap = true }},
		cases: []string{"Rows come in the order and the columns that were asked for",
			"Many sessions at once keep their rows apart"},
	},
	{
		name:  "loses the last row",
		fault: fault{rows: func(r *mutantRows) { r.limit = 30000 }},
		cases: []string{"A large result arrives whole"},
	},
	{
		name:  "reads NULL as zero",
		fault: fault{rows: func(r *mutantRows) { r.nullIsZero = true }},
		cases: []string{"NULL into a plain integer is an error that names the column"},
	},
	{
		name:  "gives database/sql NULL as empty text",
		fault: fault{rows: func(r *mutantRows) { r.nullIsText = true }},
		cases: []string{"Rows can be read as database/sql reads them"},
	},
	{
		name:  "knows the types of some columns",
		fault: fault{rows: func(r *mutantRows) { r.halfTyped = true }},
		cases: []string{"Columns have the names of their types, if any has"},
	},
	{
		name:  "cuts long text",
		fault: fault{args: cutText},
		cases: []string{"Text keeps every character"},
	},
	{
		name:  "stores empty text as NULL",
		fault: fault{args: emptyToNull},
		cases: []string{"An empty text is not NULL"},
	},
	{
		name:  "takes integers for floats",
		fault: fault{args: integersAsFloats},
		cases: []string{"Integers keep their value to the limits"},
	},
	{
		name:  "takes floats for single precision",
		fault: fault{args: singlePrecision},
		cases: []string{"Floats keep their value"},
	},
	{
		name:  "takes decimals for floats",
		fault: fault{args: decimalsAsFloats},
		cases: []string{"Decimals keep their digits",
			"Decimals keep 28 digits before the point and 10 after it"},
	},
	{
		name:  "ends bytes at a zero",
		fault: fault{args: bytesToNUL},
		cases: []string{"Bytes keep every value and a megabyte"},
	},
	{
		name:  "lets integers wrap around",
		fault: fault{rows: func(r *mutantRows) { r.wraps = true }},
		cases: []string{"A value that does not fit is an error and not cut off"},
	},
	{
		name:  "binds arguments backwards",
		fault: fault{steps: backwards},
		cases: []string{"Arguments go where their question marks are"},
	},
	{
		name:  "runs a cached statement with old arguments",
		fault: fault{run: oldArgs},
		cases: []string{"The same text runs with other arguments"},
	},
	{
		name:  "tells keys that it does not know",
		opts:  withoutKeys,
		fault: fault{run: keysFromNowhere},
		cases: []string{"LastInsertID is zero where it was not promised"},
	},
	{
		name:  "tells the wrong key",
		fault: fault{run: keysFromNowhere},
		cases: []string{"LastInsertID is the key that was generated"},
	},
	{
		name:  "drops microseconds",
		fault: fault{args: dropMicroseconds},
		cases: []string{"Times keep the instant to the microsecond",
			"Times keep every digit of their fraction"},
	},
	{
		name:  "stores the clock and forgets the zone",
		fault: fault{args: forgetZone},
		cases: []string{"Times keep the instant to the microsecond"},
	},
	{
		name:  "counts changed rows only",
		fault: fault{run: countsOne},
		cases: []string{"Exec tells how many rows it touched"},
	},
	{
		name:  "refuses a statement whose table has changed, once",
		fault: fault{run: stalePlans},
		cases: changedNames("got another column", "lost a column", "was made anew"),
	},
	{
		name:  "shows the columns that a table had",
		fault: fault{run: oldColumns},
		cases: changedNames("got another column", "was made anew"),
	},
	{
		name:  "shows values under the names that columns had",
		fault: fault{run: oldNames},
		cases: changedNames("lost a column", "was made anew"),
	},
	{
		name:  "refuses arguments that a column had no room for",
		fault: fault{run: oldRoom},
		cases: []string{"A statement takes and shows what fits since its column was widened"},
	},
	{
		name:  "cuts arguments to what a column had room for",
		fault: fault{run: oldSize},
		cases: []string{"A statement takes and shows what fits since its column was widened"},
	},
	{
		name:  "cuts results to what a column had room for",
		fault: fault{run: oldResults},
		cases: []string{"A statement takes and shows what fits since its column was widened"},
	},
	{
		name:  "leaks read-only into the next transaction",
		fault: fault{run: stickyReadOnly()},
		cases: []string{"A read-only transaction is followed by one that writes",
			"A read-only transaction that came to nothing is followed by one that writes"},
	},
	{
		name:  "ignores read-only",
		fault: fault{steps: ignoreOptions},
		cases: []string{"A read-only transaction refuses to write",
			"A statement timeout ends the statement on the server",
			"A lock timeout ends the wait for a lock",
			"Settings hold for their transaction",
			"Counters under load lose nothing when Do may try again"},
	},
	{
		name:  "leaks a timeout into the next transaction",
		fault: fault{run: stickyTimeout()},
		cases: []string{"Timeouts of a transaction end with it"},
	},
	{
		name:  "leaks settings into the next transaction",
		fault: fault{run: stickySettings()},
		cases: []string{"Settings end with their transaction"},
	},
	{
		name:  "escapes the values of settings",
		fault: fault{run: escapeSettings()},
		cases: []string{"Settings are values and never SQL"},
	},
	{
		name:  "takes a trip for settings",
		fault: fault{run: settingsApart},
		cases: []string{"Settings take no round trip of their own"},
	},
	{
		name:  "sends a lost flight again, COMMIT and all",
		fault: fault{run: replays},
		cases: []string{"A COMMIT cut after its work is reported as it is",
			"A single flight with COMMIT cut after its work is never sent again",
			"A write whose connection dies is not run again"},
	},
	{
		name:  "does not count what it has sent",
		fault: fault{run: sentNothing},
		cases: []string{"A COMMIT cut after its work is reported as it is"},
	},
	{
		name:  "hides that a connection is lost",
		fault: fault{state: neverLost},
		cases: []string{"A connection that dies in a savepoint fails the whole transaction"},
	},
	{
		name:  "has no word for its errors",
		fault: fault{ignorant: true},
		cases: []string{"A key that is there already is a unique violation",
			"The victim of a deadlock is failed as a whole and the other goes on",
			"Two that lock each other out both succeed when Do may try again",
			"Do tries again after a lock that was not to be had",
			"Do tries again after a connection that was lost on the way"},
	},
	{
		name:  "names no constraint",
		fault: fault{nameless: true},
		cases: []string{"A value that is there already is a unique violation",
			"A NULL where none may be is a not null violation"},
	},
	{
		name:  "hides that DDL has committed",
		opts:  commitsDDL,
		fault: fault{run: savepointsAlways, state: neverEnded},
		cases: []string{"A statement after one that ended the transaction does not run outside it"},
	},
	{
		name:  "runs what stands behind a statement that ended the transaction",
		opts:  commitsDDL,
		fault: fault{run: oneByOne},
		cases: []string{"Nothing that was queued runs after a statement that ended the transaction"},
	},
	{
		name:  "tells of a COMMIT that it was cancelled",
		fault: fault{run: commitCancelled},
		cases: []string{"A unit of work cancelled at any moment is told as it is"},
	},
	{
		name:  "counts characters in bytes",
		fault: fault{args: cutToBytes},
		cases: []string{"Text with accents and emoji fits a bounded column of every width"},
	},
	{
		name:  "reads a value through the NULL behind it",
		fault: fault{rows: func(r *mutantRows) { r.sticky = true }},
		cases: []string{"NULL and values of every type take turns"},
	},
	{
		name:  "cuts a result off after 256 columns",
		fault: fault{rows: func(r *mutantRows) { r.columns = 256 }},
		cases: []string{"A result of many columns arrives whole"},
	},
	{
		name:  "forgets columns without rows",
		fault: fault{rows: func(r *mutantRows) { r.shy = true }},
		cases: []string{"An empty result has its columns"},
	},
	{
		name:  "cuts long statements",
		fault: fault{steps: cutStatements},
		cases: []string{"A long statement arrives whole"},
	},
	{
		name:  "counts arguments in 15 bits",
		fault: fault{run: fewArgs},
		cases: []string{"As many arguments as the database takes arrive"},
	},
	{
		name:  "gives a lock to everybody",
		fault: fault{tryLock: grantAll, unlock: keepLock},
		cases: []string{"Two engines are never in a RunSync of one name at once",
			"A wait for a lock ends in time and says who holds it",
			"A wait for a lock ends with its context"},
	},
	{
		name:  "keeps a lock that was given up",
		fault: fault{unlock: keepLock},
		cases: []string{"A RunSync that has ended holds no lock"},
	},
	{
		name:  "keeps locks of connections that are gone",
		fault: immortal(),
		cases: []string{"A lock goes with the connection that holds it"},
	},
	{
		name:  "does not know who holds a lock",
		fault: fault{holder: nobody},
		cases: []string{"A wait for a lock ends in time and says who holds it",
			"SyncHolder tells who is inside and then nobody"},
	},
	{
		name:  "says of a finding not what to do",
		fault: fault{examine: saysNoRemedy},
		cases: []string{"An examination says what the database is, and of each finding what to do"},
	},
	{
		name:  "examines in a transaction that stays open",
		fault: fault{examine: examinesInside},
		cases: []string{"An examination leaves its connection as it was"},
	},
	{
		name:  "has one lock for all names",
		fault: fault{tryLock: ignoreNames, unlock: unlockAll},
		cases: []string{"RunSyncs of two names do not wait for each other"},
	},
	{
		name:  "never gets a connection back",
		fault: fault{release: leaks},
		cases: []string{"An engine that is closed refuses new work"},
	},
	{
		name:  "uses a connection once",
		fault: fault{release: useOnce},
		cases: []string{"Connections are used again"},
	},
	{
		name:  "takes a trip for every step",
		fault: fault{run: oneByOne},
		cases: []string{"Transactions take no more round trips than promised"},
	},
}

func TestEveryMutantFailsTheCasesThatAreItsOwn(t *testing.T) {
	cases := Cases()
	for _, m := range mutants {
		for _, name := range m.cases {
			t.Run(m.name+"/"+name, func(t *testing.T) {
				i := slices.IndexFunc(cases, func(c Case) bool { return c.Name == name })
				if i < 0 {
					t.Fatalf("there is no case %q", name)
				}
				synctest.Test(t, func(t *testing.T) { m.mustFail(t, cases[i]) })
			})
		}
	}
}

// mustFail runs the case on the mutant and on the same driver without its
// fault: the one must fail and the other pass.
func (m mutant) mustFail(t *testing.T, c Case) {
	broken := newFake(m.opts)
	broken.strict = false
	broken.wrap = m.fault.pool
	h := broken.harness()
	h.Seed = 1 // a walk by chance may miss the fault
	switch r := watch(t, c, h); {
	case r.skipped:
		t.Errorf("the case was skipped: %s", r.text())
	case !r.failed:
		t.Errorf("the case passes a driver that %s", m.name)
	default:
		t.Logf("found: %s", r.text())
	}
	if r := watch(t, c, newFake(m.opts).harness()); r.failed || r.skipped {
		t.Errorf("the driver fails the case without its fault: %s", r.text())
	}
}

func TestAFailedCasePrintsItsRule(t *testing.T) {
	c := Case{Name: "x", Rule: "all is well", Run: func(t *T) { t.Fatal("it is not") }}
	r := watch(t, c, newFake(fakedriver.Options{}).harness())
	if want := "it is not\nthe rule: all is well"; !r.failed || r.text() != want {
		t.Errorf("the failed case printed %q, want %q", r.text(), want)
	}
}

func TestAKnownCaseIsSkippedWithItsReason(t *testing.T) {
	h := newFake(fakedriver.Options{}).harness()
	h.Known = map[string]string{"x": "a bug of the server"}
	r := watch(t, Case{Name: "x", Run: func(t *T) { t.Fatal("it ran") }}, h)
	if !r.skipped || r.failed || r.text() != "known: a bug of the server" {
		t.Errorf("the case said %q", r.text())
	}
}
