package drivertest

import (
	"context"
	"errors"

	"github.com/sqlscope/sqlscope/session"
)

var nativeCases = []Case{
	{
		Name: "Native code gets the connection inside the transaction",
		Rule: "Native sends what waits and hands over the client library's connection; an " +
			"error of its function fails nothing by itself.",
		Run: nativeInside,
	},
	{
		Name: "Native code of another library is refused",
		Rule: "Asking for a connection of a type that the driver does not have is ErrUnsupported.",
		Run:  nativeOther,
	},
	{
		Name: "Native code is refused where a statement would be",
		Rule: "With a context that ended, after a failure and after Close, Native is refused " +
			"and its function not called.",
		Run: nativeRefused,
	},
}

func nativeInside(t *T) {
	table := t.Items()
	s := t.Session()
	t.queue(s, table, 1)
	mine := errors.New("mine")
	err := session.Native(t.Context(), s, func(conn any) error {
		Equal(t, "there is no connection", conn == nil, false)
		return mine
	})
	t.ErrIs("Native", err, mine)
	t.StateIs(s, session.StateActive)
	t.Insert(s, table, 2)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 2)
}

func nativeOther(t *T) {
	type unknown struct{}
	s := t.Session()
	err := session.Native(t.Context(), s, func(unknown) error { return nil })
	t.ErrIs("Native", err, session.ErrUnsupported)
	t.NoErr("Rollback", s.Rollback(t.Context()))
}

func nativeRefused(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	s := t.Session()
	never := func(any) error {
		t.Error("the function was called")
		return nil
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	t.ErrIs("Native", session.Native(ended, s, never), context.Canceled)
	_ = t.Break(s, table, 1)
	t.ErrIs("Native", session.Native(t.Context(), s, never), session.ErrTxFailed)
	t.NoErr("Close", s.Close())
	t.ErrIs("Native", session.Native(t.Context(), s, never), session.ErrClosed)
}
