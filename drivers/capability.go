package drivers

// Description is what a database is and can do, as data. The session and the
// conformance suite both read it.
type Description struct {
	// Driver names the driver package, for messages.
	Driver string
	// Address says which database it is, without a password, for messages.
	Address string
	// MaxConns is how many connections may be in use at a time, writers and
	// readers together.
	MaxConns int
	// Lexical is how the database reads SQL text.
	Lexical Lexical
	// Capabilities are the promises the driver makes.
	Capabilities Capabilities
}

// Capabilities say what a driver promises. What is declared works and what is
// not declared is refused by the session with a typed error; the suite checks
// both sides.
type Capabilities struct {
	// Savepoints: SAVEPOINT, ROLLBACK TO and RELEASE.
	Savepoints bool
	// TransactionalDDL: CREATE TABLE and its like can be rolled back.
	TransactionalDDL bool
	// Returning: INSERT … RETURNING.
	Returning bool
	// LastInsertID: Result.LastInsertID is filled in.
	LastInsertID bool
	// Isolation lists the levels a transaction may ask for.
	Isolation []Isolation
	// ReadOnly: a read-only transaction refuses writes.
	ReadOnly bool
	// Deferrable: TxOptions.Deferrable.
	Deferrable bool
	// StatementTimeout and LockTimeout: the options of the same name.
	StatementTimeout, LockTimeout bool
	// Settings: TxOptions.Settings.
	Settings bool
	// Pipelining: a flight of several warm steps takes one round trip.
	Pipelining bool
	// Bulk: the driver takes OpExecMany, and is faster with it than with as many
	// steps. Without it the session makes steps of the rows.
	Bulk bool
	// SingleWriter: one transaction at a time writes; connections for
	// read-only transactions are separate.
	SingleWriter bool
	// Remote: connections cross a network and can be lost.
	Remote bool
	// Streaming: rows arrive while the server produces them.
	Streaming bool
	// Locks says which locks with names connections can take; see [Locker].
	Locks Locks
	// MaxArgs is the largest number of arguments one statement takes.
	MaxArgs int
}

// Locks says what a lock with a name can belong to.
type Locks struct {
	// Conn: to a connection, until it is given up.
	Conn bool
	// Tx: to a transaction, with which it goes.
	Tx bool
}

// HasIsolation reports whether a transaction may ask for level.
func (c *Capabilities) HasIsolation(level Isolation) bool {
	if level == DefaultIsolation {
		return true
	}
	for _, l := range c.Isolation {
		if l == level {
			return true
		}
	}
	return false
}

// PlaceholderStyle is how a database spells a positional argument.
type PlaceholderStyle uint8

// The placeholder styles.
const (
	// Question: ? in order of appearance.
	Question PlaceholderStyle = iota
	// Dollar: $1, $2, ….
	Dollar
)

// Lexical is what the session must know of a database's lexical rules to find
// placeholders: a question mark in a literal, a quoted name or a comment is
// not one. Single-quoted literals, double-quoted names and comments from two
// dashes to the end of the line and between /* and */ are common to all.
type Lexical struct {
	// Placeholder is the style that statements are rewritten to.
	Placeholder PlaceholderStyle
	// DollarQuotes: $tag$ … $tag$ is a literal.
	DollarQuotes bool
	// EscapeStrings: E'…' literals know backslash escapes.
	EscapeStrings bool
	// BackslashEscapes: every literal knows backslash escapes.
	BackslashEscapes bool
	// Backticks: `name` is a quoted name.
	Backticks bool
	// Brackets: [name] is a quoted name.
	Brackets bool
	// NestedComments: a comment between /* and */ may contain another.
	NestedComments bool
	// HashComments: # begins a comment that ends with the line.
	HashComments bool
	// DashSpace: two dashes begin a comment only where white space follows, so
	// that 5--1 is 6.
	DashSpace bool
	// ChosenQuotes: q'[…]' is a literal whose quotes the text chooses.
	ChosenQuotes bool
}
