package drivers

import "context"

// Examiner is implemented by a [Conn] whose driver knows what about its
// database, its settings and the way to it can bite a program. It is for people
// who look for trouble, such as the command sqlscope doctor.
type Examiner interface {
	// Examine asks the database, on a connection in state TxIdle, and changes
	// nothing. What the database's user may not see is left out.
	Examine(ctx context.Context) (*Examination, error)
}

// Examination is what was found out about a database and the way to it.
type Examination struct {
	// Product is what the database calls itself, such as "PostgreSQL".
	Product string
	// Version is the version of the server or, where there is none, of the
	// library.
	Version string
	// Facts are settings that are worth knowing, in the order to show them.
	Facts []Fact
	// Findings are what may bite, the worst first.
	Findings []Finding
}

// Fact is a setting, or something else that is so.
type Fact struct {
	// Name is what it is called, by the database if it has a name there.
	Name string
	// Value is how it is, as text.
	Value string
}

// Finding is one thing that may bite.
type Finding struct {
	// Severity is how bad it is.
	Severity Severity
	// Subject is what it is about, in a word: a setting's name, "clock", "tls".
	Subject string
	// What is the case, in a sentence.
	What string
	// Why it bites.
	Why string
	// Do is what to do about it.
	Do string
}

// Severity is how bad a [Finding] is.
type Severity uint8

// The severities.
const (
	// Note is worth knowing; most programs need not care.
	Note Severity = iota + 1
	// Warning bites some programs, or some day.
	Warning
	// Problem makes programs fail or lose data.
	Problem
)

// String returns "note", "warning" or "problem".
func (s Severity) String() string {
	switch s {
	case Note:
		return "note"
	case Warning:
		return "warning"
	case Problem:
		return "problem"
	}
	return "unknown"
}
