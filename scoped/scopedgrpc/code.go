package scopedgrpc

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sqlscope/sqlscope/session"
)

// Code is the gRPC code that fits an error of a session. Clients that follow
// gRPC's rules repeat a call for Unavailable, and its whole unit of work for
// Aborted, so that neither is used where something may have been committed.
//
//	Unknown             whether it was committed is unknown: session.ErrCommitUnknown
//	Aborted             it collided with others: a serialization failure, a deadlock, a lock
//	Unavailable         the connection was lost, or none was to be had
//	AlreadyExists       a unique constraint
//	FailedPrecondition  another constraint
//	InvalidArgument     a value that does not fit its column
//	DeadlineExceeded    the call's time, or the database's for one statement, was up
//	Canceled            the client has gone
//	ResourceExhausted   the database has no disk or memory left
//	PermissionDenied    the database's user may not do this
//	Internal            anything else
func Code(err error) codes.Code {
	switch {
	case err == nil:
		return codes.OK
	case errors.Is(err, session.ErrCommitUnknown):
		return codes.Unknown
	case errors.Is(err, session.ErrImplicitCommit):
		return codes.Internal // a client may call again after Aborted
	case errors.Is(err, session.ErrPoolTimeout):
		return codes.Unavailable
	case errors.Is(err, context.Canceled):
		return codes.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return codes.DeadlineExceeded
	}
	if code, ok := codeOf[session.KindOf(err)]; ok {
		return code
	}
	return codes.Internal
}

var codeOf = map[session.Kind]codes.Code{
	session.KindOutcomeUnknown:   codes.Unknown,
	session.KindSerialization:    codes.Aborted,
	session.KindDeadlock:         codes.Aborted,
	session.KindLockTimeout:      codes.Aborted,
	session.KindConnLost:         codes.Unavailable,
	session.KindUnique:           codes.AlreadyExists,
	session.KindForeignKey:       codes.FailedPrecondition,
	session.KindNotNull:          codes.FailedPrecondition,
	session.KindCheck:            codes.FailedPrecondition,
	session.KindData:             codes.InvalidArgument,
	session.KindStatementTimeout: codes.DeadlineExceeded,
	session.KindCancelled:        codes.Canceled,
	session.KindResource:         codes.ResourceExhausted,
	session.KindPermission:       codes.PermissionDenied,
}

// failure is a status for the client, and the cause for interceptors around.
type failure struct {
	status *status.Status
	cause  error
}

func newFailure(err error) error {
	text := "the transaction was not committed"
	if errors.Is(err, session.ErrCommitUnknown) {
		text = "whether the transaction was committed is unknown"
	} else if errors.Is(err, session.ErrImplicitCommit) {
		text = "a part of the transaction was committed"
	}
	return &failure{status.New(Code(err), text), err}
}

func (f *failure) Error() string { return f.status.Message() + ": " + f.cause.Error() }

// Unwrap leads to the session's error.
func (f *failure) Unwrap() error { return f.cause }

// GRPCStatus is what gRPC sends.
func (f *failure) GRPCStatus() *status.Status { return f.status }
