package drivertest

import (
	"context"
	"strings"

	"github.com/sqlscope/sqlscope/session"
)

// tenant is the variable that the cases set.
const tenant = "sqlscope.tenant"

var settingCases = []Case{
	{
		Name: "Settings hold for their transaction",
		Rule: "With Capabilities.Settings every statement of a transaction sees the variables of " +
			"TxOptions.Settings, in savepoints and after them too.",
		Needs: settings,
		Run:   settingsHold,
	},
	{
		Name: "Settings end with their transaction",
		Rule: "The next transaction on the same connection sees no variable of the last one, " +
			"however that ended.",
		Needs:   settings,
		Options: session.Options{MaxConns: 1},
		Run:     settingsEnd,
	},
	{
		Name: "Settings are values and never SQL",
		Rule: "A value arrives as it was given, whatever it is in SQL: quotes, backslashes, " +
			"placeholders, comments.",
		Needs: settings,
		Run:   settingsAreValues,
	},
	{
		Name:    "Settings take no round trip of their own",
		Rule:    "With Capabilities.Pipelining they travel with BEGIN.",
		Needs:   all(settings, pipelining),
		Options: session.Options{MaxConns: 1},
		Run:     settingsTravel,
	},
	{
		Name:  "Settings that were not promised are refused",
		Rule:  "Without Capabilities.Settings the option is ErrUnsupported, never ignored.",
		Needs: not(settings),
		Run:   unsupported(session.TxOptions{Settings: session.Setting(tenant, "acme")}),
	},
}

// setting reads a variable.
func (t *T) setting(q session.Querier, name string) string {
	t.Helper()
	return t.settingIn(t.Context(), q, name)
}

func (t *T) settingIn(ctx context.Context, q session.Querier, name string) string {
	t.Helper()
	if t.Spell.Setting == nil {
		t.Skip("the harness has no Spelling.Setting")
	}
	value, err := session.One[*string](ctx, q, "SELECT "+t.Spell.Setting(name))
	t.NoErr("SELECT of a variable", err)
	if value == nil {
		return ""
	}
	return *value
}

func settingsHold(t *T) {
	other := "sqlscope.user"
	s := t.Session(session.TxOptions{
		Settings: session.Setting(tenant, "acme").With(other, "ada")})
	for range 2 { // the session's second transaction has them as well
		Equal(t, "the first variable", t.setting(s, tenant), "acme")
		if t.Caps.Savepoints {
			sp := t.open(s)
			Equal(t, "the second variable, in a savepoint", t.setting(sp, other), "ada")
			t.NoErr("Rollback of the savepoint", sp.Rollback())
		}
		Equal(t, "the second variable", t.setting(s, other), "ada")
		t.NoErr("Commit", s.Commit(t.Context()))
	}
}

func settingsEnd(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	opts := session.TxOptions{Settings: session.Setting(tenant, "acme")}
	for what, end := range map[string]func(s *session.Session) error{
		"Commit":   func(s *session.Session) error { return s.Commit(t.Context()) },
		"Rollback": func(s *session.Session) error { return s.Rollback(t.Context()) },
		"Close":    func(s *session.Session) error { return s.Close() },
		"failing": func(s *session.Session) error {
			_ = t.Break(s, table, 1)
			return s.Close()
		},
	} {
		s := t.Session(opts)
		Equal(t, "the variable", t.setting(s, tenant), "acme")
		t.NoErr(what, end(s))
		next := t.Session()
		Equal(t, "the variable after "+what, t.setting(next, tenant), "")
		t.NoErr("Close", next.Close())
	}
}

func settingsAreValues(t *T) {
	for _, value := range []string{"", "O'Brien", "''", `back\slash`, `\'; --`, "$1 $2", "? ?? :name",
		"/* ", "a'; DROP TABLE x; --", "日本語", strings.Repeat("long ", 1000)} {
		s := t.Session(session.TxOptions{Settings: session.Setting(tenant, value)})
		Equal(t, "the variable", t.setting(s, tenant), value)
		t.NoErr("Close", s.Close())
	}
}

func settingsTravel(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	took := t.tripsWith(func(s *session.Session) {
		t.NoErr("UPDATE", t.addTo(s, table, 1))
		t.NoErr("Commit", s.Commit(t.Context()))
	}, session.TxOptions{Settings: session.Setting(tenant, "acme").With("sqlscope.user", "ada")})
	if took > 2 {
		t.Errorf("one statement and commit: %d round trips, want at most 2", took)
	}
}
