package drivers

// Kind is what went wrong, the same on every database.
type Kind uint8

// The kinds of fault.
const (
	// KindUnknown: an error the driver has no word for.
	KindUnknown Kind = iota
	// KindUnique: a unique, primary key or exclusion constraint was violated.
	KindUnique
	// KindForeignKey: a foreign key constraint was violated.
	KindForeignKey
	// KindNotNull: a NULL was given for a column that takes none.
	KindNotNull
	// KindCheck: a check constraint was violated.
	KindCheck
	// KindData: a value does not fit its type: too long, out of range,
	// malformed.
	KindData
	// KindSyntax: the statement is not valid SQL or names what is not there.
	KindSyntax
	// KindPermission: the user may not do this.
	KindPermission
	// KindSerialization: concurrent transactions could not be serialized, one that
	// changed a table with one that uses it among them.
	KindSerialization
	// KindDeadlock: the database chose this transaction to break a deadlock.
	KindDeadlock
	// KindLockTimeout: a lock was not to be had in time; SQLite's busy too.
	KindLockTimeout
	// KindStatementTimeout: the server's limit for one statement was reached.
	KindStatementTimeout
	// KindCancelled: the statement was cancelled.
	KindCancelled
	// KindReadOnly: a write in a read-only transaction or database.
	KindReadOnly
	// KindTxAborted: the transaction had already failed.
	KindTxAborted
	// KindResource: disk, memory or connections are exhausted.
	KindResource
	// KindConnLost: the connection is gone or could not be made.
	KindConnLost
	// KindOutcomeUnknown: the database cannot tell whether what it was asked to
	// do has happened, as a cluster that has lost a member meanwhile.
	KindOutcomeUnknown
)

var kindNames = [...]string{"unknown", "unique", "foreign key", "not null", "check", "data",
	"syntax", "permission", "serialization", "deadlock", "lock timeout", "statement timeout",
	"cancelled", "read-only", "transaction aborted", "resource", "connection lost", "outcome unknown"}

// String returns the kind in words.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Fault is what a driver makes of one of its errors.
type Fault struct {
	// Kind is what went wrong, in the words that all databases share.
	Kind Kind
	// Code is the database's own code: an SQLSTATE or a number.
	Code string
	// Message is the server's message without the driver's decoration.
	Message string
	// Position is where in the statement the server saw the trouble, in
	// characters from 1; 0 when it does not say.
	Position int
	// Constraint, Table and Column are what the server named; empty otherwise.
	Constraint, Table, Column string
}
