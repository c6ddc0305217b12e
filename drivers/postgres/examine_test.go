package postgres_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/testdsn"
)

func examine(t *testing.T, dsn string) *drivers.Examination {
	t.Helper()
	found, err := acquire(t, open(t, dsn)).(drivers.Examiner).Examine(t.Context())
	must(t, err)
	return found
}

// about is the finding about a subject, and its zero value if there is none.
func about(x *drivers.Examination, subject string) drivers.Finding {
	for _, f := range x.Findings {
		if f.Subject == subject {
			return f
		}
	}
	return drivers.Finding{}
}

func TestAnExaminationFindsTheSettingsThatBite(t *testing.T) {
	plain := examine(t, dsn(t))
	if plain.Product != "PostgreSQL" || plain.Version == "" {
		t.Errorf("examined %q version %q", plain.Product, plain.Version)
	}
	for param, severity := range map[string]drivers.Severity{
		"statement_timeout=5000":                 drivers.Warning,
		"idle_session_timeout=60000":             drivers.Warning,
		"default_transaction_read_only=on":       drivers.Problem,
		"standard_conforming_strings=off":        drivers.Problem,
		"search_path=there_is_none_of_this_name": drivers.Problem,
		"synchronous_commit=off":                 drivers.Note,
		"lock_timeout=0":                         drivers.Note,
		"idle_in_transaction_session_timeout=0":  drivers.Note,
	} {
		name, value, _ := strings.Cut(param, "=")
		if got := about(examine(t, with(t, dsn(t), name, value)), name); got.Severity != severity {
			t.Errorf("with %s the finding is %+v, want severity %v", param, got, severity)
		}
		harmless := value == "0"
		if f := about(plain, name); !harmless && f.Severity != 0 {
			t.Errorf("without %s it is found as well: %+v", param, f)
		}
	}
	if f := about(plain, "pooler"); f.Severity != 0 {
		t.Errorf("a pooler is found where none is: %+v", f)
	}
}

func TestAnExaminationFindsWhatWasLeftBehind(t *testing.T) {
	name := table(t)
	admin := connect(t)
	_, err := admin.Exec(t.Context(), "insert into "+name+" (id, name) values (1, 'a'), (2, 'a')")
	must(t, err)
	_, err = admin.Exec(t.Context(), "create unique index concurrently "+name+"_twice on "+name+" (name)")
	if err == nil {
		t.Fatal("a unique index was built on values that are not")
	}
	if f := about(examine(t, dsn(t)), "invalid indexes"); !strings.Contains(f.What, name+"_twice") {
		t.Errorf("the index that is not valid is not found: %+v", f)
	}
}

func TestAnExaminationAsAUserWithoutRightsSaysSo(t *testing.T) {
	admin := connect(t)
	_, err := admin.Exec(t.Context(), "drop schema if exists sealed_examine cascade; "+
		"create schema sealed_examine; drop role if exists examine_reader; "+
		"create role examine_reader login password 'it''s'; grant usage on schema sealed_examine to examine_reader")
	must(t, err)
	t.Cleanup(func() {
		_, _ = admin.Exec(context.Background(), "drop schema sealed_examine cascade; drop role examine_reader")
	})
	u, err := url.Parse(testdsn.With(t, dsn(t), "search_path", "sealed_examine"))
	must(t, err)
	u.User = url.UserPassword("examine_reader", "it's")
	f := about(examine(t, u.String()), "privileges")
	if !strings.Contains(f.Do, "grant create on schema sealed_examine to examine_reader") {
		t.Errorf("the finding about rights is %+v", f)
	}
}

func TestAnExaminationTellsThatTLSIsOn(t *testing.T) {
	facts := examine(t, with(t, dsn(t), "sslmode", "require")).Facts
	for _, f := range facts {
		if f.Name == "tls" && f.Value == "on" {
			return
		}
	}
	t.Errorf("the facts are %v; tls is on", facts)
}
