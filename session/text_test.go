package session_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// dollar is a database whose placeholders are $1, $2, ….
var dollar = drivers.Lexical{Placeholder: drivers.Dollar, DollarQuotes: true}

func TestArgumentsAreWrittenAlikeOnEveryDatabase(t *testing.T) {
	for _, lex := range []drivers.Lexical{{}, dollar} {
		b := newBed(t, fakedriver.Options{Lexical: lex}, session.Options{})
		s := b.Session()
		wantOne(t, s, 3, "SELECT ? + ?", 1, 2)
		wantOne(t, s, 5, "SELECT :a + :b", session.Named{"a": 2, "b": 3})
		wantOne(t, s, 4, "SELECT :a + :a", session.Named{"a": 2})
		wantOne(t, s, "a ? in a literal", "SELECT 'a ? in a literal'")
		wantOne(t, s, "?", "SELECT '?' WHERE 1 = ?", 1)
		wantOne(t, s, 1, "SELECT 1 -- really?\n")
		_ = s.Close()
	}
}

func TestNativePlaceholdersPassThrough(t *testing.T) {
	b := newBed(t, fakedriver.Options{Lexical: dollar}, session.Options{})
	s := b.Session()
	defer s.Close()
	wantOne(t, s, 8, "SELECT $2 - $1 + $2", 2, 5)
	_, err := s.Exec(t.Context(), "SELECT $1 + $2", 1)
	wantIs(t, err, session.ErrArguments)
	wantText(t, err.Error(), "2 placeholders, 1 argument")
}

func TestTwoQuestionMarksAreALiteralOne(t *testing.T) {
	for _, c := range []struct {
		lex       drivers.Lexical
		sql, sent string
		args      []any
	}{
		{dollar, "SELECT a ?? 'x' FROM t WHERE id = ?", "SELECT a ? 'x' FROM t WHERE id = $1", []any{1}},
		{dollar, "SELECT a ??| b", "SELECT a ?| b", nil},
		{dollar, "SELECT a ?? :x", "SELECT a ? $1", []any{session.Named{"x": 1}}},
		// Where ? is the placeholder there is no such operator, and the
		// database's error should show what was written.
		{drivers.Lexical{}, "SELECT a ?? 'x'", "SELECT a ?? 'x'", nil},
	} {
		b := newBed(t, fakedriver.Options{Lexical: c.lex}, session.Options{})
		s := b.Session()
		_, err := s.Exec(t.Context(), c.sql, c.args...)
		if err == nil {
			t.Errorf("the fake has learnt the operator ?: %s", c.sql)
		}
		b.wantLog("begin; exec " + c.sent)
		_ = s.Close()
	}
}

func TestTheWrongNumberOfArgumentsIsRefused(t *testing.T) {
	for _, c := range []struct {
		sql  string
		args []any
		want string
	}{
		{"SELECT ?", nil, "1 placeholder, 0 arguments"},
		{"SELECT ?, ?", []any{1}, "2 placeholders, 1 argument"},
		{"SELECT ?", []any{1, 2}, "1 placeholder, 2 arguments"},
		{"SELECT 1", []any{1}, "0 placeholders, 1 argument"},
		{"SELECT '?'", []any{1}, "0 placeholders, 1 argument"},
	} {
		for _, lex := range []drivers.Lexical{{}, dollar} {
			b := newBed(t, fakedriver.Options{Lexical: lex}, session.Options{})
			s := b.Session()
			_, err := s.Exec(t.Context(), c.sql, c.args...)
			wantIs(t, err, session.ErrArguments)
			wantText(t, fmt.Sprint(err), c.want, "["+c.sql+"]")
			hint := strings.Contains(fmt.Sprint(err), "write ?? for the operator ?")
			operator := strings.HasPrefix(c.sql, "SELECT ?") && len(c.args) < 2
			if want := operator && lex.Placeholder == drivers.Dollar; hint != want {
				t.Errorf("%v: the hint is there: %v", err, hint)
			}
			wantIs(t, s.Queue(c.sql, c.args...), session.ErrArguments)
			wantState(t, s, session.StateIdle)
			b.wantLog()
		}
	}
}

func TestNamedArgumentsMustFit(t *testing.T) {
	_, s := reading(t)
	for _, c := range []struct {
		sql  string
		args []any
		want string
	}{
		{"SELECT :a, :b", []any{session.Named{"a": 1}}, "no value for :b in [SELECT :a, :b]"},
		{"SELECT :a", []any{session.Named{"a": 1, "c": 2, "b": 3}}, "the statement has no :b, no :c in"},
		{"SELECT :a", []any{session.Named(nil)}, "no value for :a"},
		{"SELECT ?, ?", []any{session.Named{"a": 1}, 2}, "argument 1 is a Named among 2 arguments"},
		{"SELECT ?, ?", []any{2, session.Named{"a": 1}}, "argument 2 is a Named among 2 arguments"},
	} {
		_, err := s.Exec(t.Context(), c.sql, c.args...)
		wantIs(t, err, session.ErrArguments)
		wantText(t, fmt.Sprint(err), c.want)
	}
	wantState(t, s, session.StateIdle)
	wantOne(t, s, ":a", "SELECT ':a' WHERE 1 = :a", session.Named{"a": 1})
	wantOne(t, s, 1, "SELECT 1", session.Named{})
	wantOne(t, s, 1, "SELECT 1", session.Named(nil))
}

func TestARepeatedNameIsSentOnceWherePlaceholdersHaveNumbers(t *testing.T) {
	for _, c := range []struct {
		lex  drivers.Lexical
		sent string
	}{{drivers.Lexical{}, "SELECT ? + ? + ?"}, {dollar, "SELECT $1 + $2 + $1"}} {
		b := newBed(t, fakedriver.Options{Lexical: c.lex}, session.Options{})
		s := b.Session()
		wantOne(t, s, 5, "SELECT :a + :b + :a", session.Named{"a": 2, "b": 1})
		_ = s.Rollback(t.Context())
		b.wantLog("begin; query "+c.sent, "rollback")
	}
}

func TestTextThatIsNotUTF8IsRefused(t *testing.T) {
	_, s := reading(t)
	for _, c := range []struct {
		sql  string
		args []any
		want string
	}{
		{"SELECT '\xff'", nil, "the statement is not valid UTF-8 (at byte 8)"},
		{"SELECT '\xff', ?", []any{1}, "the statement is not valid UTF-8 (at byte 8)"},
		{"SELECT :a, '\xff'", []any{session.Named{"a": 1}}, "the statement is not valid UTF-8 (at byte 12)"},
		{"SELECT ?, ?", []any{1, "é\xc3"},
			"argument 2 is a string that is not valid UTF-8 (at byte 2); pass binary data as []byte"},
		{"SELECT :a", []any{session.Named{"a": "\x80"}}, "argument 1 is a string that is not valid UTF-8 (at byte 0)"},
	} {
		_, err := s.Exec(t.Context(), c.sql, c.args...)
		wantIs(t, err, session.ErrArguments)
		wantText(t, fmt.Sprint(err), c.want)
	}
	wantState(t, s, session.StateIdle)
	wantOne(t, s, "\uFFFD é", "SELECT ?", "\uFFFD é") // the replacement character is a character
	wantOne(t, s, []byte("\xff\x00"), "SELECT ?", []byte("\xff\x00"))
}

func TestAnEmptyStatementIsRefused(t *testing.T) {
	_, s := reading(t)
	for _, sql := range []string{"", " ", "\n\t"} {
		_, err := s.Exec(t.Context(), sql)
		wantIs(t, err, session.ErrArguments)
		wantText(t, fmt.Sprint(err), "the statement is empty")
	}
	_, err := s.Exec(t.Context(), " ", session.Named{})
	wantIs(t, err, session.ErrArguments)
}

func TestMoreArgumentsThanTheDatabaseTakesAreRefused(t *testing.T) {
	b := newBed(t, capabilities(func(c *drivers.Capabilities) { c.MaxArgs = 2 }), session.Options{})
	s := b.Session()
	defer s.Close()
	wantOne(t, s, 2, "SELECT ? + ?", 1, 1)
	_, err := s.Exec(t.Context(), "SELECT ?, ?, ?", 1, 2, 3)
	wantIs(t, err, session.ErrArguments)
	wantText(t, err.Error(), "3 arguments; fakedriver takes at most 2")
	wantState(t, s, session.StateActive)
}
