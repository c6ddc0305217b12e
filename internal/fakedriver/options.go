package fakedriver

import (
	"slices"

	"github.com/sqlscope/sqlscope/drivers"
)

// Options say which kind of server the fake is. The zero value is a remote,
// pipelining server that can do everything and where a failed statement makes
// its transaction fail.
type Options struct {
	// Capabilities replaces what the fake promises; nil: [AllCapabilities].
	// What it does not promise it does not do: without TransactionalDDL a
	// CREATE TABLE commits, without Pipelining every step is a round trip.
	Capabilities *drivers.Capabilities
	// Lexical replaces the lexical rules; the zero value: question marks.
	Lexical drivers.Lexical
	// MaxConns is used by [DB.NewPool]; 0: 8.
	MaxConns int
	// FailsAlone: a failed statement undoes itself and nothing else, and the
	// transaction stays active.
	FailsAlone bool
	// EndsTx lists the kinds of fault that end the whole transaction without
	// being asked; the next statement then runs outside any transaction.
	EndsTx []drivers.Kind
	// TextAsBytes: text comes back as []byte.
	TextAsBytes bool
	// Pooled: a pooler stands before the server, so that a connection cannot
	// keep a lock.
	Pooled bool
	// NoAbort: rows cannot be given up without reading the rest.
	NoAbort bool
}

// AllCapabilities is what the fake promises unless it is told otherwise. Each
// call returns a new value that the caller may change.
func AllCapabilities() *drivers.Capabilities {
	return &drivers.Capabilities{
		Savepoints: true, TransactionalDDL: true, Returning: true, LastInsertID: true,
		Isolation: []drivers.Isolation{drivers.ReadUncommitted, drivers.ReadCommitted,
			drivers.RepeatableRead, drivers.Serializable},
		ReadOnly: true, Deferrable: true, StatementTimeout: true, LockTimeout: true, Settings: true,
		Pipelining: true, Bulk: true, Remote: true, Streaming: true, MaxArgs: 65535,
		Locks: drivers.Locks{Conn: true, Tx: true},
	}
}

func (o Options) withDefaults() Options {
	if o.Capabilities == nil {
		o.Capabilities = AllCapabilities()
	}
	if o.MaxConns == 0 {
		o.MaxConns = 8
	}
	return o
}

// ends reports whether a fault of this kind ends the whole transaction.
func (o *Options) ends(kind drivers.Kind) bool { return slices.Contains(o.EndsTx, kind) }

func (o *Options) describe(maxConns int) *drivers.Description {
	return &drivers.Description{
		Driver: "fakedriver", Address: "fake://memory", MaxConns: maxConns,
		Lexical: o.Lexical, Capabilities: *o.Capabilities,
	}
}
