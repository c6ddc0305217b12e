package drivertest

import (
	"errors"
	"strings"

	"github.com/sqlscope/sqlscope/session"
)

var errorCases = []Case{
	{
		Name: "A key that is there already is a unique violation",
		Rule: "Inserting a primary key twice is KindUnique.",
		Run:  uniqueKey,
	},
	{
		Name: "A value that is there already is a unique violation",
		Rule: "A violated UNIQUE constraint is KindUnique and carries the names that the " +
			"driver promises.",
		Run: uniqueValue,
	},
	{
		Name: "A missing parent is a foreign key violation",
		Rule: "A violated reference is KindForeignKey, from either side.",
		Run:  foreignKey,
	},
	{
		Name: "A NULL where none may be is a not null violation",
		Rule: "A NULL for a NOT NULL column is KindNotNull and names the column if promised.",
		Run:  notNull,
	},
	{
		Name: "A value that a check refuses is a check violation",
		Rule: "A violated CHECK is KindCheck.",
		Run:  checkConstraint,
	},
	{
		Name: "Nonsense is a syntax error",
		Rule: "Text that is no SQL, and a table or column that is not there, is KindSyntax.",
		Run:  nonsense,
	},
	{
		Name: "An error carries the driver's own",
		Rule: "A *session.Error unwraps to the driver's error and names operation, statement, " +
			"code and message.",
		Run: errorCarries,
	},
	{
		Name: "An error of a constraint is not retryable",
		Rule: "IsConstraint is true of the four constraint kinds, IsRetryable false.",
		Run:  notRetryable,
	},
}

// violates runs a statement that must violate a constraint, and checks the
// names that the error carries.
func (t *T) violates(sql string, kind session.Kind, constraint, table, column string) {
	t.Helper()
	s := t.Session()
	defer s.Close()
	_, err := s.Exec(t.Context(), sql)
	t.KindIs(sql, err, kind)
	var e *session.Error
	errors.As(err, &e)
	for _, name := range []struct {
		what, got, want string
		promised        bool
	}{
		{"constraint", e.Constraint, constraint, t.Spell.Names[kind].Constraint},
		{"table", e.Table, table, t.Spell.Names[kind].Table},
		{"column", e.Column, column, t.Spell.Names[kind].Column},
	} {
		if name.promised && name.want != "" && !strings.EqualFold(name.got, name.want) {
			t.Errorf("%s: the error names the %s %q, want %q", sql, name.what, name.got, name.want)
		}
	}
}

func uniqueKey(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	t.violates("INSERT INTO "+table+" (id) VALUES (1)", session.KindUnique, "", table, "id")
	t.Holds(table, 1)
}

func uniqueValue(t *T) {
	constraint := t.Name("uq")
	table := t.Table("uniq", "id "+t.Spell.Key, "code "+t.Spell.Integer,
		"CONSTRAINT "+constraint+" UNIQUE (code)")
	s := t.Session()
	_, err := s.Exec(t.Context(),
		"INSERT INTO "+table+" (id, code) VALUES (1, 7), (2, NULL), (3, NULL)")
	t.NoErr("INSERT", err)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.violates("INSERT INTO "+table+" (id, code) VALUES (4, 7)",
		session.KindUnique, constraint, table, "code")
	t.violates("UPDATE "+table+" SET code = 7 WHERE id = 2",
		session.KindUnique, constraint, table, "code")
	t.Holds(table, 1, 2, 3)
}

func foreignKey(t *T) {
	parent := t.Items()
	constraint := t.Name("fk")
	child := t.Table("child", "id "+t.Spell.Key, "parent "+t.Spell.Integer,
		"CONSTRAINT "+constraint+" FOREIGN KEY (parent) REFERENCES "+parent+" (id)")
	t.Fill(parent, 1)
	t.violates("INSERT INTO "+child+" (id, parent) VALUES (1, 99)",
		session.KindForeignKey, constraint, child, "")
	s := t.Session()
	_, err := s.Exec(t.Context(), "INSERT INTO "+child+" (id, parent) VALUES (1, 1), (2, NULL)")
	t.NoErr("INSERT", err)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.violates("DELETE FROM "+parent+" WHERE id = 1",
		session.KindForeignKey, constraint, "", "")
	t.Holds(parent, 1)
	t.Holds(child, 1, 2)
}

func notNull(t *T) {
	table := t.Table("nn", "id "+t.Spell.Key, "n "+t.Spell.Integer+" NOT NULL")
	t.violates("INSERT INTO "+table+" (id, n) VALUES (1, NULL)",
		session.KindNotNull, "", table, "n")
	t.violates("INSERT INTO "+table+" (id) VALUES (1)", session.KindNotNull, "", table, "n")
	t.Holds(table)
}

func checkConstraint(t *T) {
	constraint := t.Name("ck")
	table := t.Table("checked", "id "+t.Spell.Key, "n "+t.Spell.Integer,
		"CONSTRAINT "+constraint+" CHECK (n > 0)")
	t.violates("INSERT INTO "+table+" (id, n) VALUES (1, 0)",
		session.KindCheck, constraint, table, "")
	s := t.Session()
	_, err := s.Exec(t.Context(), "INSERT INTO "+table+" (id, n) VALUES (1, 1), (2, NULL)")
	t.NoErr("INSERT", err)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 2)
}

func nonsense(t *T) {
	table := t.Items()
	for _, sql := range []string{
		"SELEC 1", "SELECT id FROM " + t.Name("absent"), "SELECT absent FROM " + table,
		"INSERT INTO " + table + " (absent) VALUES (1)",
	} {
		s := t.Session()
		_, err := s.Exec(t.Context(), sql)
		t.KindIs(sql, err, session.KindSyntax)
		t.StateIs(s, session.StateFailed)
		t.NoErr("Close", s.Close())
	}
}

func errorCarries(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	s := t.Session()
	sql := "INSERT INTO " + table + " (id) VALUES (1)"
	_, err := s.Exec(t.Context(), sql)
	var e *session.Error
	Equal(t, "it is a *session.Error", errors.As(err, &e), true)
	Equal(t, "its statement", e.SQL, sql)
	Equal(t, "its operation", e.Op, "exec")
	for what, text := range map[string]string{"a code": e.Code, "a message": e.Message} {
		if text == "" {
			t.Errorf("the error has not %s: %+v", what, e)
		}
	}
	if e.Err == nil || !errors.Is(err, e.Err) {
		t.Errorf("the error does not unwrap to the driver's: %+v", e)
	}
	if !strings.Contains(err.Error(), e.Err.Error()) {
		t.Errorf("the text %q lacks the driver's %q", err, e.Err)
	}
}

func notRetryable(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	err := t.Break(t.Session(), table, 1)
	Equal(t, "IsConstraint", session.IsConstraint(err), true)
	Equal(t, "IsRetryable", session.IsRetryable(err), false)
}
