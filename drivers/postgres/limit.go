package postgres

import "time"

// limit is the transaction's StatementTimeout. The server has one code for a
// statement that took too long and for one that was cancelled, and says which
// in its own language; we know by the time that it took.
type limit struct {
	timeout time.Duration // 0: none
	started time.Time     // of the flight, if there is a limit
}

// takeOff is called before a flight.
func (l *limit) takeOff(inTx bool) {
	switch {
	case !inTx:
		l.timeout = 0
	case l.timeout > 0:
		l.started = time.Now()
	}
}

// begin is called when a transaction begins in the flight.
func (l *limit) begin(timeout time.Duration) {
	if l.timeout = timeout; timeout > 0 {
		l.started = time.Now()
	}
}

// reached reports whether the server may have stopped a statement of the flight.
func (l *limit) reached() bool { return l.timeout > 0 && time.Since(l.started) >= l.timeout }
