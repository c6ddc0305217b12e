package session_test

import (
	"testing"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

func TestAVerbatimStatementIsSentAsItIs(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	const sql = "INSERT INTO t (id) VALUES (1) -- a ?"
	_, _ = s.Exec(t.Context(), "INSERT INTO t (id) VALUES (?)", session.Verbatim{1})
	_, _ = s.Exec(t.Context(), sql, session.Verbatim{})
	b.wantLog("begin; exec INSERT INTO t (id) VALUES (?)", "exec "+sql)
	_, err := s.Exec(t.Context(), sql, session.Verbatim{"\xff"})
	wantIs(t, err, session.ErrArguments)
}
