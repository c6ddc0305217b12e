package scoped

import (
	"fmt"
	"runtime"
	"strings"
)

// partError is why a part failed that had joined, with the place: whoever reads
// it has lost the error that the part returned.
type partError struct {
	cause error
	pcs   [12]uintptr
}

// failedHere notes the callers of the function that calls it.
func failedHere(cause error) error {
	e := &partError{cause: cause}
	runtime.Callers(3, e.pcs[:])
	return e
}

// Error has the cause, the place, and what would have been right.
func (e *partError) Error() string {
	return e.cause.Error() + "; that part is at " + e.place() +
		": pass its error on, or let it fail alone with Registry.Nested"
}

// Unwrap returns the cause.
func (e *partError) Unwrap() error { return e.cause }

// place is the innermost one in the application.
func (e *partError) place() string {
	frames := runtime.CallersFrames(e.pcs[:])
	for {
		f, more := frames.Next()
		if f.Function != "" && !passed(&f) {
			return fmt.Sprintf("%s %s:%d", f.Function, f.File, f.Line)
		}
		if !more {
			return "an unknown place"
		}
	}
}

// ownPackages are session, scoped and those below.
const ownPackages = "github.com/sqlscope/sqlscope/s"

// passed reports whether a frame is between the application and this package: in
// this library, in database/sql, or the runtime's, which is what a panic goes
// through.
func passed(f *runtime.Frame) bool {
	switch {
	case strings.HasSuffix(f.File, "_test.go"):
		return false
	case strings.HasPrefix(f.Function, "runtime."), strings.HasPrefix(f.Function, "database/sql."):
		return true
	}
	return strings.HasPrefix(f.Function, ownPackages)
}
