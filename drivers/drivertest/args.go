package drivertest

import (
	"fmt"
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/session"
)

var argCases = []Case{
	{
		Name: "Arguments go where their question marks are",
		Rule: "The n-th ? takes the n-th argument, on every database.",
		Run:  argsInPlace,
	},
	{
		Name: "Too few and too many arguments are refused before anything is sent",
		Rule: "ErrArguments says so; the session is as it was.",
		Run:  argsCounted,
	},
	{
		Name: "A question mark in a literal, a name or a comment takes no argument",
		Rule: "Placeholders are found by the database's own lexical rules.",
		Run:  argsLexed,
	},
	{
		Name: "Two question marks are one",
		Rule: "?? is a literal question mark: it takes no argument.",
		Run:  argsDoubled,
	},
	{
		Name: "Named arguments go where their names are",
		Rule: "With session.Named, :name takes its value, as often as it is written.",
		Run:  argsNamed,
	},
	{
		Name: "Named arguments that are missing are refused",
		Rule: "A :name without a value is ErrArguments, and nothing is sent.",
		Run:  argsNameless,
	},
	{
		Name: "More arguments than the database takes are refused",
		Rule: "A statement may have Capabilities.MaxArgs arguments; with one more it is " +
			"ErrArguments, and nothing is sent.",
		Needs: func(c *drivers.Capabilities) bool { return c.MaxArgs > 0 },
		Run:   argsTooMany,
	},
	{
		Name: "Text that is not UTF-8 is refused",
		Rule: "A string that is no text is ErrArguments on every database, not stored by some.",
		Run:  argsNotText,
	},
	{
		Name: "A value is never read as SQL",
		Rule: "Arguments travel as values, whatever they contain.",
		Run:  argsAreValues,
	},
	{
		Name: "The same text runs with other arguments",
		Rule: "Statements that are cached take new arguments each time, of other lengths and " +
			"NULL too.",
		Run: argsAgain,
	},
}

func argsInPlace(t *T) {
	table := t.Items()
	s := t.Session()
	_, err := s.Exec(t.Context(), "INSERT INTO "+table+" (name, id, n) VALUES (?, ?, ?)", "x", 3, 4)
	t.NoErr("INSERT", err)
	for _, c := range []struct {
		where string
		args  []any
		want  int
	}{
		{"id = ? AND n = ? AND name = ?", []any{3, 4, "x"}, 1},
		{"id = ? AND n = ? AND name = ?", []any{4, 3, "x"}, 0},
		{"name = ? AND n = ?", []any{"x", 4}, 1},
	} {
		n, err := session.One[int](t.Context(), s,
			"SELECT count(*) FROM "+table+" WHERE "+c.where, c.args...)
		t.NoErr(c.where, err)
		Equal(t, fmt.Sprint(c.where, " with ", c.args), n, c.want)
	}
}

func argsCounted(t *T) {
	table := t.Items()
	s := t.Session()
	sql := "INSERT INTO " + table + " (id, n) VALUES (?, ?)"
	flights := t.DB.Stats().Flights
	for _, args := range [][]any{nil, {1}, {1, 2, 3}} {
		_, err := s.Exec(t.Context(), sql, args...)
		t.ErrIs(fmt.Sprint(len(args), " arguments for two"), err, session.ErrArguments)
	}
	_, err := s.Query(t.Context(), "SELECT 1", 1)
	t.ErrIs("one argument for none", err, session.ErrArguments)
	t.StateIs(s, session.StateIdle)
	Equal(t, "flights", t.DB.Stats().Flights, flights)
}

func argsLexed(t *T) {
	table := t.Items()
	s := t.Session()
	for i, c := range []struct{ value, want string }{
		{"'a ? b'", "a ? b"},
		{"'it''s ?'", "it's ?"},
		{"/* why? */ 'c'", "c"},
		{"'--' -- why?\n", "--"},
		{"'/* ?' /* ' ? */", "/* ?"},
		{"':a'", ":a"},
	} {
		sql := "INSERT INTO " + table + " (id, n, name) VALUES (?, ?, " + c.value + ")"
		_, err := s.Exec(t.Context(), sql, i, i)
		t.NoErr(sql, err)
		got, err := session.One[string](t.Context(), s, "SELECT name FROM "+table+" WHERE id = ?", i)
		t.NoErr("SELECT", err)
		Equal(t, sql, got, c.want)
	}
}

func argsDoubled(t *T) {
	s := t.Session()
	got, err := session.One[string](t.Context(), s, "SELECT '??' /* ?? */")
	t.NoErr("SELECT", err)
	Equal(t, "?? in a literal is left alone", got, "??")
	// Most databases have no operator ? to try it on: that they refuse it, and
	// not the session for want of an argument, shows that it arrived.
	_, err = s.Exec(t.Context(), "SELECT 1 ?? 1")
	if err != nil {
		t.KindIs("SELECT 1 ? 1", err, session.KindSyntax)
	}
}

func argsNamed(t *T) {
	table := t.Items()
	s := t.Session()
	_, err := s.Exec(t.Context(),
		"INSERT INTO "+table+" (id, n, name) VALUES (:id, :id, :name)",
		session.Named{"id": 3, "name": "x"})
	t.NoErr("INSERT", err)
	got, err := session.One[string](t.Context(), s,
		"SELECT name FROM "+table+" WHERE n = :n AND id = :n AND name <> ':n'", session.Named{"n": 3})
	t.NoErr("SELECT", err)
	Equal(t, "the name", got, "x")
}

func argsNameless(t *T) {
	table := t.Items()
	s := t.Session()
	_, err := s.Exec(t.Context(), "DELETE FROM "+table+" WHERE id = :id", session.Named{"other": 1})
	t.ErrIs("DELETE", err, session.ErrArguments)
	t.StateIs(s, session.StateIdle)
}

// manyArgs is an INSERT of so many rows with one argument each.
func manyArgs(table string, n int) (sql string, args []any) {
	for id := range n {
		args = append(args, id)
	}
	return "INSERT INTO " + table + " (id) VALUES (?)" + strings.Repeat(", (?)", n-1), args
}

func argsTooMany(t *T) {
	table := t.Items()
	s := t.Session()
	flights := t.DB.Stats().Flights
	sql, args := manyArgs(table, t.Caps.MaxArgs+1)
	_, err := s.Exec(t.Context(), sql, args...)
	t.ErrIs("one too many", err, session.ErrArguments)
	Equal(t, "flights", t.DB.Stats().Flights, flights)
	n := min(t.Caps.MaxArgs, 500)
	sql, args = manyArgs(table, n)
	_, err = s.Exec(t.Context(), sql, args...)
	t.NoErr("many", err)
	Equal(t, "rows", len(t.IDs(s, table)), n)
}

func argsNotText(t *T) {
	table := t.Items()
	s := t.Session()
	_, err := s.Exec(t.Context(), "INSERT INTO "+table+" (id, name) VALUES (1, ?)", "a\xffb")
	t.ErrIs("INSERT", err, session.ErrArguments)
	t.StateIs(s, session.StateIdle)
}

func argsAreValues(t *T) {
	table := t.Items()
	s := t.Session()
	for i, value := range []string{
		"'; DROP TABLE " + table + "; --", `\'; --`, "?", "$1", ":id", `"`, "%s", "\\", "a\\'b",
	} {
		_, err := s.Exec(t.Context(), "INSERT INTO "+table+" (id, name) VALUES (?, ?)", i, value)
		t.NoErr("INSERT", err)
		n, err := session.One[int](t.Context(), s,
			"SELECT count(*) FROM "+table+" WHERE name = ?", value)
		t.NoErr("SELECT", err)
		Equal(t, "rows with the value "+value, n, 1)
	}
	t.NoErr("Commit", s.Commit(t.Context()))
}

func argsAgain(t *T) {
	table := t.Items()
	s := t.Session()
	values := []any{"short", strings.Repeat("long ", 500), nil, "", "é"}
	for round := range 2 {
		for i, value := range values {
			id := 10*round + i
			_, err := s.Exec(t.Context(), "INSERT INTO "+table+" (id, name) VALUES (?, ?)", id, value)
			t.NoErr("INSERT", err)
			got, err := session.One[*string](t.Context(), s,
				"SELECT name FROM "+table+" WHERE id = ?", id)
			t.NoErr("SELECT", err)
			if want, ok := value.(string); ok != (got != nil) || ok && *got != want {
				t.Fatalf("wrote %v, read %v", short(value), short(got))
			}
		}
	}
}
