package drivers

import (
	"fmt"
	"time"
)

// Isolation is a transaction isolation level.
type Isolation uint8

// The isolation levels of the SQL standard.
const (
	// DefaultIsolation leaves the choice to the database.
	DefaultIsolation Isolation = iota
	ReadUncommitted
	ReadCommitted
	RepeatableRead
	Serializable
)

var isolationNames = [...]string{"default", "read uncommitted", "read committed",
	"repeatable read", "serializable"}

// String returns the level as SQL spells it, in lower case.
func (i Isolation) String() string {
	if int(i) < len(isolationNames) {
		return isolationNames[i]
	}
	return fmt.Sprintf("Isolation(%d)", uint8(i))
}

// Valid reports whether i is one of the levels above.
func (i Isolation) Valid() bool { return int(i) < len(isolationNames) }

// TxOptions are the options of one transaction. The zero value asks for the
// database's defaults.
type TxOptions struct {
	// Isolation is the isolation level; default: the database's own.
	Isolation Isolation
	// ReadOnly makes every write fail.
	ReadOnly bool
	// Deferrable lets a serializable read-only transaction wait until it can
	// run without being cancelled.
	Deferrable bool
	// StatementTimeout limits each statement on the server; 0 sets nothing. It
	// is at least a millisecond.
	StatementTimeout time.Duration
	// LockTimeout limits each wait for a lock on the server; 0 sets nothing. It
	// is at least a millisecond.
	LockTimeout time.Duration
	// Settings are variables that the database sets for this transaction only,
	// such as the tenant whose rows it may see. They travel with BEGIN, as bound
	// values.
	Settings Settings
}

// PrePing says when a kept connection is pinged before it is handed out.
type PrePing uint8

// The pre-ping policies.
const (
	// PingNever trusts kept connections: a first flight that is lost to a dead
	// one is sent once more on a fresh one, so most services need no ping.
	PingNever PrePing = iota
	// PingIfIdle pings a connection that has been idle for longer than
	// PoolOptions.PingIdleAfter.
	PingIfIdle
	// PingAlways pings on every hand-out, at the cost of a round trip.
	PingAlways
)

// PoolOptions tell a pool how to keep connections.
type PoolOptions struct {
	// MaxConns limits the open connections.
	MaxConns int
	// MinIdleConns is how many idle connections the pool tries to keep.
	MinIdleConns int
	// MaxConnLifetime is the age at which a connection is replaced, before it
	// is handed out or after it came back; 0 means no limit.
	MaxConnLifetime time.Duration
	// MaxConnLifetimeJitter is added to each connection's lifetime at random,
	// so that connections opened together do not end together.
	MaxConnLifetimeJitter time.Duration
	// MaxConnIdleTime closes connections that nobody has used for so long; 0
	// means no limit.
	MaxConnIdleTime time.Duration
	// PrePing says when a kept connection is pinged before it is handed out.
	PrePing PrePing
	// PingIdleAfter is the idle time after which PingIfIdle pings.
	PingIdleAfter time.Duration
	// PingTimeout limits one ping.
	PingTimeout time.Duration
	// ConnectTimeout limits the opening of one connection.
	ConnectTimeout time.Duration
	// CancelGrace is how long a cancelled statement may take to end before its
	// connection is given up.
	CancelGrace time.Duration
}
