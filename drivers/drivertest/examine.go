package drivertest

import (
	"errors"
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/session"
)

var examineCases = []Case{
	{
		Name: "An examination says what the database is, and of each finding what to do",
		Rule: "Examine names product and version, and gives of each finding what is the case, why " +
			"it bites and what to do, the worst first. A driver that cannot is refused.",
		Run: examinationSpeaks,
	},
	{
		Name:    "An examination leaves its connection as it was",
		Rule:    "Examine changes nothing: the next session gets the same connection, and it is sound.",
		Options: session.Options{MaxConns: 1},
		Run:     examinationIsHarmless,
	},
}

// examine returns nil if the driver does not examine.
func (t *T) examine() *session.Examination {
	t.Helper()
	x, err := t.DB.Examine(t.Context())
	if errors.Is(err, session.ErrUnsupported) {
		return nil
	}
	t.NoErr("Examine", err)
	return x
}

func examinationSpeaks(t *T) {
	x := t.examine()
	if x == nil {
		return
	}
	if x.Product == "" || x.Version == "" {
		t.Errorf("product %q and version %q; both must be named", x.Product, x.Version)
	}
	worst := drivers.Problem
	for _, f := range x.Findings {
		if f.Severity < drivers.Note || f.Severity > worst {
			t.Errorf("finding %q has severity %v after %v", f.Subject, f.Severity, worst)
		}
		worst = f.Severity
		for what, text := range map[string]string{"subject": f.Subject, "what": f.What, "why": f.Why, "do": f.Do} {
			if text == "" || strings.ContainsAny(text, "{}") {
				t.Errorf("finding %q: its %s is %q", f.Subject, what, text)
			}
		}
	}
}

func examinationIsHarmless(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	t.examine() // has the connection opened, should it be another than the one that writes
	t.AllBack()
	before := t.DB.Stats().Pool.Opened
	t.examine()
	s := t.Session()
	t.Insert(s, table, 2)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.AllBack()
	Equal(t, "connections opened meanwhile", t.DB.Stats().Pool.Opened-before, 0)
}
