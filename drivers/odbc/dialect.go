package odbc

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	known "github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// fate is what has become of the transaction after a statement.
type fate uint8

const (
	goesOn   fate = iota
	failed        // it is open and takes nothing but a rollback, to a savepoint too
	ended         // it is over
	doubtful      // the database must be asked or, if it cannot, rolled back
)

// dialect is what differs between the databases behind ODBC, as data and a few
// functions. Functions that are nil have nothing to say.
type dialect struct {
	name    string
	drivers []string // parts of the names of ODBC drivers and their libraries
	dbms    []string // what SQL_DBMS_NAME begins with
	port    string   // the usual one; empty for a database without a network

	lexical drivers.Lexical
	caps    drivers.Capabilities

	// local reports whether the database lives in its connection, of which there
	// can be only one then.
	local func(settings) bool
	// prepare checks the connection string and adds what the driver needs.
	prepare func(settings) (settings, error)
	// setup are the first statements of every connection.
	setup []string
	// ping is a statement that does nothing.
	ping string
	// pingAlone: the ping would begin a transaction, so autocommit is on for it.
	pingAlone bool

	// byHand: transactions begin and end by SQL, with autocommit on throughout.
	byHand bool
	// isolationByAttribute: the level is set with SQL_ATTR_TXN_ISOLATION.
	isolationByAttribute bool
	// session spells the settings of the connection that a transaction needs;
	// what is the same as before is not sent again.
	session func(*drivers.TxOptions) string
	// before spells the options for the next transaction, outside of it.
	before func(*drivers.TxOptions) string
	// inside are the first statements of a transaction.
	inside func(*drivers.TxOptions) []string

	// alone precedes each statement outside a transaction; empty for none.
	alone string

	// The statements of savepoints, with the name put in; release may be empty.
	savepoint, rollbackTo, release string

	// fault classifies an error of the database.
	fault func(*Error) drivers.Fault
	// after tells what a statement, or its error, did to the transaction.
	after func(sql string, kind drivers.Kind, err error) fate
	// commits reports whether a statement commits before it does its work.
	commits func(sql string) bool
	// ask is a query whose answer tells whether a transaction is open, by SQL_DBMS_NAME; isOpen
	// reads the answer or the error. Without it, doubt ends in a rollback.
	ask    func(dbms string) string
	isOpen func(answer string, err error) (fate, error)

	// runs reports whether a statement may end the transaction and begin another, so
	// that ask would not notice.
	runs func(sql string) bool
	// spoils reports whether a statement leaves behind what no end of a transaction
	// takes away.
	spoils func(sql string) bool

	// locks are those that a connection can take, for caps.Locks.
	locks func(host) drivers.Locker

	// exam examines the database, and examine finds the answers that it needs beside
	// its own.
	exam    *known.Exam
	examine func(context.Context, host, known.Answers) error

	// spell converts an argument that has to be sent as something else.
	spell func(any) (any, error)
	// keepsNUL: text may contain a NUL.
	keepsNUL bool
	// bytesAlone: bytes cannot be in a parameter array.
	bytesAlone bool
	// timesAsText: dates and timestamps are read as text, so that one that the ODBC
	// driver cannot read is no time, instead of a wrong one.
	timesAsText bool
	// askNulls: a NULL needs the type of what it is for.
	askNulls bool
	// cancelAside: SQLCancel on any statement cancels what runs on the connection,
	// so that it need not meet the statement that runs.
	cancelAside bool
	// preparesFresh: a statement handle that has run something unprepared must not
	// be prepared; see renew in shim.c.
	preparesFresh bool
	// several reports whether a statement may have several results, where the driver
	// must not be asked for another one after the rest.
	several func(sql string) bool
	// signed: all integers are.
	signed bool
	// besides: the database is a file, and its lock is on another one beside it.
	besides bool
	// narrow: the driver has no wide functions and takes SQL as UTF-8.
	narrow bool
	// utf8: text is read as bytes, which are UTF-8.
	utf8 bool
	// trustsSizes: the size that the driver tells of a column is true.
	trustsSizes bool
	// countsInComments: the driver takes question marks in comments for parameters.
	countsInComments bool
	// oneCode: a statement's timeout has the same code as a cancellation.
	oneCode bool
}

// host is a connection that takes locks.
type host interface {
	drivers.Conn
	// database is the name that the connection string or its data source gives.
	database() string
	// beside is a lock on a file beside the database.
	beside() drivers.Locker
}

// dialects are those that are known; generic is the rest.
var dialects = []*dialect{postgres, mysql, sqlite, sqlServer, oracle}

// byDriver finds the dialect by the name of an ODBC driver or its library; nil
// if it is not known.
func byDriver(name string) *dialect {
	return find(name, func(d *dialect) []string { return d.drivers }, strings.Contains)
}

// byDBMS finds the dialect by SQL_DBMS_NAME; nil if it is not known.
func byDBMS(name string) *dialect {
	return find(name, func(d *dialect) []string { return d.dbms }, strings.HasPrefix)
}

func find(name string, words func(*dialect) []string, match func(s, word string) bool) *dialect {
	name = strings.ToLower(name)
	for _, d := range dialects {
		for _, word := range words(d) {
			if name != "" && match(name, word) {
				return d
			}
		}
	}
	return nil
}

// describe is the description of a database that speaks d.
func (d *dialect) describe(s settings, maxConns int) *drivers.Description {
	return &drivers.Description{
		Driver:  "odbc/" + d.name,
		Address: s.address(), MaxConns: maxConns,
		Lexical:      d.lexical,
		Capabilities: d.caps,
	}
}

// wants is a keyword of the connection string that must have one value.
type wants struct{ key, value, why string }

// force adds keywords and refuses a connection string that asks for the opposite.
func force(s settings, all ...wants) (settings, error) {
	for _, w := range all {
		if given, ok := s.get(w.key); ok && !sameValue(given, w.value) {
			return nil, fmt.Errorf("odbc: the connection string has %s=%s; it must be %s=%s: %s",
				w.key, given, w.key, w.value, w.why)
		}
		s = s.with(w.key, w.value)
	}
	return s, nil
}

func sameValue(a, b string) bool { return truth(a) == truth(b) }

var truths = map[string]string{"yes": "1", "true": "1", "on": "1", "no": "0", "false": "0", "off": "0"}

func truth(v string) string {
	v = strings.ToLower(v)
	return cmp.Or(truths[v], v)
}

// usually adds keywords that are not there.
func usually(s settings, pairs ...string) settings {
	for i := 0; i < len(pairs); i += 2 {
		if _, ok := s.get(pairs[i]); !ok {
			s = s.with(pairs[i], pairs[i+1])
		}
	}
	return s
}

// byAnswer reads what a database answers to ask.
func byAnswer(fates map[string]fate) func(string, error) (fate, error) {
	return func(answer string, err error) (fate, error) {
		f, known := fates[answer]
		if err != nil || !known {
			return doubtful, err
		}
		return f, nil
	}
}

func levels(all ...drivers.Isolation) []drivers.Isolation { return all }

// milliseconds rounds up.
func milliseconds(d time.Duration) int64 { return int64((d + time.Millisecond - 1) / time.Millisecond) }

// seconds rounds up.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
