package session

import "fmt"

// PartialError is returned by [Engine.RunSync] when it failed where its
// statements cannot be rolled back.
type PartialError struct {
	// Name is the name given to RunSync.
	Name string
	// Applied are the statements that took effect, in order.
	Applied []string
	// Failed is the statement that failed; empty if the function failed by
	// itself.
	Failed string
	// Err is what the function returned.
	Err error
}

// Error says how many statements took effect and which one failed.
func (e *PartialError) Error() string {
	text := fmt.Sprintf("session: %s: %v; %s took effect and cannot be rolled back",
		e.Name, e.Err, plural(len(e.Applied), "statement"))
	for _, sql := range e.Applied {
		text += fmt.Sprintf("\n  applied: %s", abridge(sql))
	}
	if e.Failed != "" {
		text += fmt.Sprintf("\n  failed:  %s", abridge(e.Failed))
	}
	return text
}

// Unwrap returns the cause.
func (e *PartialError) Unwrap() error { return e.Err }
