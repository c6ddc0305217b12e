package migratecli

import (
	"context"
	"errors"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/session"
)

// Code is an exit code.
type Code int

// The exit codes. Those above 128 are 128 and the number of the signal that ended
// the run.
const (
	Fine        Code = 0
	Failed      Code = 1
	Pending     Code = 2
	Found       Code = 3
	Refused     Code = 4
	Locked      Code = 5
	Undecided   Code = 6
	Unreachable Code = 7
	BadUsage    Code = 64
	TimeIsUp    Code = 124
	HungUp      Code = 129
	Interrupted Code = 130
	Terminated  Code = 143
)

// codes are all of them, as the documentation and --json have them.
var codes = []struct {
	code    Code
	name    string
	meaning string
}{
	{Fine, "ok", "done, or nothing to do"},
	{Failed, "failed", "a migration or a command failed"},
	{Pending, "pending", "with --exit-code: migrations are pending"},
	{Found, "found", "lint, verify or doctor found something"},
	{Refused, "refused", "refused before it began: the history, the files and what was asked for do not fit"},
	{Locked, "locked", "a lock was not to be had in time: others migrate, or use a table"},
	{Undecided, "undecided", "a statement may have taken effect or not: a person must decide, see resolve"},
	{Unreachable, "unreachable", "the database cannot be connected to"},
	{BadUsage, "usage", "the command line is wrong"},
	{TimeIsUp, "timeout", "the time of --timeout is over"},
	{HungUp, "hangup", "ended by SIGHUP"},
	{Interrupted, "interrupted", "ended by SIGINT"},
	{Terminated, "terminated", "ended by SIGTERM"},
}

// String is the code's name.
func (c Code) String() string {
	for _, known := range codes {
		if known.code == c {
			return known.name
		}
	}
	return "unknown"
}

// coded is an error whose code is known where it is made. With a nil error there
// is nothing to say.
type coded struct {
	code Code
	err  error
}

func (c *coded) Error() string {
	if c.err == nil {
		return c.code.String()
	}
	return c.err.Error()
}

func (c *coded) Unwrap() error { return c.err }

// usage is an error of whoever wrote the command line.
func usage(err error) error { return &coded{BadUsage, err} }

// codeOf is the exit code of an error that came while ctx held.
func codeOf(ctx context.Context, err error) Code {
	var own *coded
	switch {
	case err == nil:
		return Fine
	case errors.As(err, &own):
		return own.code
	case errors.Is(err, migrate.ErrAmbiguous):
		return Undecided
	case ctx.Err() != nil:
		return codeOfEnd(context.Cause(ctx))
	case isLock(err):
		return Locked
	case isRefusal(err):
		return Refused
	case isUnreachable(err):
		return Unreachable
	}
	return Failed
}

// codeOfEnd is the code for why a context ended.
func codeOfEnd(cause error) Code {
	var s *signalled
	switch {
	case errors.As(cause, &s):
		return s.code()
	case errors.Is(cause, context.DeadlineExceeded):
		return TimeIsUp
	}
	return Interrupted
}

func isLock(err error) bool {
	var others *session.LockTimeoutError
	return errors.As(err, &others) || session.KindOf(err) == session.KindLockTimeout
}

// isRefusal reports whether err was found before anything was done.
func isRefusal(err error) bool {
	for _, target := range []error{migrate.ErrRefused, migrate.ErrNotEmpty, migrate.ErrNoDown,
		migrate.ErrInTransaction, source.ErrNoMigrations} {
		if errors.Is(err, target) {
			return true
		}
	}
	var file *source.Error
	return errors.As(err, &file)
}

func isUnreachable(err error) bool {
	var db *session.Error
	return errors.As(err, &db) && db.Op == "connect"
}
