package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/internal/leakcheck"
	"github.com/sqlscope/sqlscope/session"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

func TestBooksBalance(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // where it has an effect, nothing must be left there
	var out, errs strings.Builder
	if code := exitCode(&out, &errs, nil); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	t.Log("\n" + out.String())
	if !strings.Contains(out.String(), "The books balance") {
		t.Error("the account does not say so")
	}
	fitsOnAScreen(t, out.String())
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func fitsOnAScreen(t *testing.T, account string) {
	t.Helper()
	if n := strings.Count(account, "\n"); n > 30 {
		t.Errorf("the account has %d lines", n)
	}
	for line := range strings.Lines(account) {
		if len(line) > 100 {
			t.Errorf("a line has %d characters: %s", len(line), line)
		}
	}
}

func TestReadmeShowsThisAccount(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for line := range strings.Lines(string(readme)) {
		shown[strings.Join(strings.Fields(line), " ")] = true
	}
	for _, k := range kinds {
		line := fmt.Sprintf("%s %s %d", k.name, tally(k.want), k.want[created])
		if k.want != nil && !shown[line] {
			t.Errorf("README.md does not have the line: %s", line)
		}
	}
}

func TestInterruptEndsTheProgramWithAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, new(strings.Builder), nil); err == nil {
		t.Error("no error")
	}
}

func TestCatalogueIsLoadedAsAWholeOrNotAtAll(t *testing.T) {
	for list, want := range map[string]string{
		"0001  A\n\t0001  a\n# no more\n":  "",
		"0001  A\n\t0001  a\n\t0001  b\n":  "line 3 of the catalogue: session: exec: unique",
		"\t0001  a device of nobody\n":     "line 1 of the catalogue:",
		"0001  A\nthis is not a list at\n": "line 2 of the catalogue:",
	} {
		engine, err := session.Open(t.Context(), "sqlite://:memory:", session.Options{}, sqlite.Driver)
		if err != nil {
			t.Fatal(err)
		}
		defer engine.Close(context.Background())
		if err := createSchema(t.Context(), engine); err != nil {
			t.Fatal(err)
		}
		err = load(t.Context(), engine, list)
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v, want %q", list, err, want)
		}
		if n := countVendors(t, engine); err != nil && n != 0 {
			t.Errorf("%q: %d vendors are there after an error", list, n)
		}
	}
}

func countVendors(t *testing.T, engine *session.Engine) int {
	s := engine.Session()
	defer s.Close()
	n, err := session.One[int](t.Context(), s, "SELECT count(*) FROM vendors")
	if err != nil {
		t.Fatal(err)
	}
	return n
}
