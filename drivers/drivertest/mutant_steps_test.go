package drivertest

import (
	"slices"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// replaceOp sends one kind of step as another.
func replaceOp(from, to drivers.Op) func([]drivers.Step) []drivers.Step {
	return func(steps []drivers.Step) []drivers.Step {
		for i := range steps {
			if steps[i].Op == from {
				steps[i].Op = to
			}
		}
		return steps
	}
}

var (
	rollbackCommits   = replaceOp(drivers.OpRollback, drivers.OpCommit)
	commitRollsBack   = replaceOp(drivers.OpCommit, drivers.OpRollback)
	rollbackToNothing = dropOp(drivers.OpRollbackTo)
	releaseUndoes     = replaceOp(drivers.OpRelease, drivers.OpRollbackTo)
)

func dropOp(op drivers.Op) func([]drivers.Step) []drivers.Step {
	return func(steps []drivers.Step) []drivers.Step {
		return slices.DeleteFunc(steps, func(s drivers.Step) bool { return s.Op == op })
	}
}

func execTwice(steps []drivers.Step) (out []drivers.Step) {
	for _, step := range steps {
		out = append(out, step)
		if step.Op == drivers.OpExec && step.SQL[:6] == "UPDATE" {
			out = append(out, step)
		}
	}
	return out
}

// dropQueued sends no statement but the last step.
func dropQueued(steps []drivers.Step) (out []drivers.Step) {
	for i, step := range steps {
		if step.Op != drivers.OpExec || i == len(steps)-1 {
			out = append(out, step)
		}
	}
	return out
}

// ignoreOptions begins every transaction with the defaults.
func ignoreOptions(steps []drivers.Step) []drivers.Step {
	for i := range steps {
		steps[i].Tx = nil
	}
	return steps
}

func cutText(arg any) any {
	if s, ok := arg.(string); ok && len(s) > 1000 {
		return s[:1000]
	}
	return arg
}

func emptyToNull(arg any) any {
	if arg == "" {
		return nil
	}
	return arg
}

func dropMicroseconds(arg any) any {
	if at, ok := arg.(time.Time); ok {
		return at.Truncate(time.Millisecond)
	}
	return arg
}

func forgetZone(arg any) any {
	if at, ok := arg.(time.Time); ok {
		return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(),
			at.Nanosecond(), time.UTC)
	}
	return arg
}
