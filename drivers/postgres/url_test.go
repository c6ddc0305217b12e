package postgres_test

import (
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/postgres"
)

func openError(t *testing.T, url string) string {
	t.Helper()
	p, err := postgres.Driver.Open(t.Context(), drivers.Config{URL: url, Pool: options()})
	if err == nil {
		_ = p.Close(t.Context())
		return ""
	}
	return err.Error()
}

func TestAParameterThatNobodyKnowsIsNamedWithItsNearest(t *testing.T) {
	for params, want := range map[string]string{
		"sslmod=disable":                          `"sslmod"; did you mean "sslmode"?`,
		"statment_timeout=5":                      `"statment_timeout"; did you mean "statement_timeout"?`,
		"pool_max_conns=5":                        "session.Options",
		"default_query_exec_mode=simple_protocol": "behind a connection pooler",
		"default_query_exec_mode=fast":            "default_query_exec_mode",
		"connect_timeout=soon":                    "connect_timeout",
		"statement_cache_capacity=many":           "statement_cache_capacity",
	} {
		if got := openError(t, "postgres://u@h/db?"+params); !strings.Contains(got, want) {
			t.Errorf("%s: %q does not say %q", params, got, want)
		}
	}
}

func TestParametersOfLibpqAndOfTheServerPass(t *testing.T) {
	for _, url := range []string{
		"postgres://u@h/db",
		"postgresql://u@h1:1,h2:2/db?target_session_attrs=any&sslmode=disable",
		"postgres://u@h/db?application_name=a&search_path=x,y&TimeZone=UTC&work_mem=4MB",
		"postgres://u@h/db?app.tenant=7&lock_timeout=5s&options=-c%20geqo%3Doff",
		"postgres://u@h/db?default_query_exec_mode=exec&description_cache_capacity=9",
	} {
		if got := openError(t, url); got != "" {
			t.Errorf("%s: %s", url, got)
		}
	}
}

func TestNoErrorShowsThePassword(t *testing.T) {
	const secret = "s3cr"
	for _, url := range []string{
		"postgres://u:s3cret@h/db?sslmod=x",
		"postgres://u:s3cret@h:port/db",
		"postgres://u:s3c ret@h/db",
		"postgres://u:a/s3cret@h/db",
		"postgres://u:a%zzs3cret@h/db",
		"postgres://u:a?s3cret=1@h/db?x",
		"postgres://u@h:s3cret/db",
		"postgres://h/db?password=s3cret&sslmode=off",
		"postgres://h/db?password=s3cret%zz",
	} {
		got := openError(t, url)
		if got == "" || strings.Contains(got, secret) {
			t.Errorf("%s: %q", url, got)
		}
	}
}

func TestTheAddressHasNoUser(t *testing.T) {
	for url, want := range map[string]string{
		"postgres://u:secret@h:7/db":                "h:7/db",
		"postgres://u@/db?host=/var/run/postgresql": "/var/run/postgresql/db",
	} {
		p, err := postgres.Driver.Open(t.Context(), drivers.Config{URL: url, Pool: options()})
		must(t, err)
		if got := p.Describe().Address; got != want {
			t.Errorf("address is %q, want %q", got, want)
		}
		must(t, p.Close(t.Context()))
	}
}
