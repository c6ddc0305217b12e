package scoped

import (
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/session"
)

// Option is an option of [Registry.Do] and its relatives:
//
//   - a [Propagation], such as [RequiresNew], says what becomes of the scope
//     around; default [Required];
//   - a [session.TxOptions] has the options of the transaction, instead of the
//     engine's Options.Tx;
//   - a [session.Retry] runs the function again when that may help.
//
// Each is given at most once.
type Option interface {
	// DoOption marks what a Do takes.
	DoOption()
}

// Propagation says what Do does with the scope around it, and without one. The
// scope of another registry is not around.
type Propagation uint8

// The propagations.
const (
	// Required joins the scope around, or opens one. It is the default.
	Required Propagation = iota
	// RequiresNew opens a scope with a transaction of its own, whatever is
	// around. While the scope around holds a connection that takes a second one.
	RequiresNew
	// Nested runs in a savepoint of the scope around, which may fail alone, or
	// opens a scope.
	Nested
	// Mandatory joins the scope around. Without one it is refused with
	// [ErrNoScope].
	Mandatory
	// Never runs the function without a scope. In a scope it is refused with
	// [ErrJoin]: for what takes long and must not hold a connection meanwhile.
	Never
	// Supports joins the scope around. Without one it runs the function without.
	Supports
)

var propagations = [...]string{"Required", "RequiresNew", "Nested", "Mandatory", "Never", "Supports"}

// String is the name of the constant.
func (p Propagation) String() string {
	if int(p) < len(propagations) {
		return propagations[p]
	}
	return fmt.Sprintf("Propagation(%d)", uint8(p))
}

// DoOption implements [Option].
func (p Propagation) DoOption() {}

// options are the options of one call.
type options struct {
	as    Propagation
	tx    *session.TxOptions // nil: not given
	retry *session.Retry
}

func parse(opts []Option) (o options, err error) {
	given := [3]bool{}
	for _, opt := range opts {
		kind := 0
		switch opt := opt.(type) {
		case Propagation:
			o.as = opt
			if int(opt) >= len(propagations) {
				err = fmt.Errorf("scoped: there is no %v", opt)
			}
		case session.TxOptions:
			o.tx, kind = &opt, 1
		case session.Retry:
			o.retry, kind = &opt, 2
		default:
			return o, fmt.Errorf("scoped: %T is no option that a scope knows", opt)
		}
		if given[kind] {
			err = fmt.Errorf("scoped: the option %T was given twice", opt)
		}
		given[kind] = true
	}
	return o, err
}

var errRetryBegin = errors.New("scoped: Begin has no function that Retry could run again; use Do")

// joins reports whether a part with this propagation goes into the scope around.
func (p Propagation) joins() bool { return p != RequiresNew }

// opens reports whether a part opens a scope when there is none around.
func (p Propagation) opens() bool { return p <= Nested }
