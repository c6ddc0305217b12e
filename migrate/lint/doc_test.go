package lint_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/migrate/lint"
)

const docFile = "../../docs/lint.md"

// TestTheDocumentationIsThatOfTheRules compares docs/lint.md with the rules. With
// SQLSCOPE_UPDATE=1 it writes the file.
func TestTheDocumentationIsThatOfTheRules(t *testing.T) {
	want := document()
	if os.Getenv("SQLSCOPE_UPDATE") != "" {
		if err := os.WriteFile(docFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the rules say; SQLSCOPE_UPDATE=1 go test ./migrate/lint writes it anew", docFile)
	}
}

func document() string {
	var out strings.Builder
	out.WriteString("# Lint rules for migrations\n\n" +
		"<!-- Written by the test of migrate/lint: SQLSCOPE_UPDATE=1 go test ./migrate/lint -->\n\n" +
		"A finding is a question to a person: rules see the text, not the database. Tables that the same file has\n" +
		"created are empty, and nothing is said of them. A comment before, in or behind a statement silences rules\n" +
		"for it, and may say why:\n\n" +
		"```sql\n-- lint:ignore drop-column: nothing has read it since release 12\n" +
		"ALTER TABLE users DROP COLUMN name;\n```\n\n" +
		"`lint:ignore all` silences all of them; a name that is no rule is a finding itself, `unknown-rule`.\n\n" +
		"| rule | looks for | databases |\n| --- | --- | --- |\n")
	for _, r := range lint.Rules() {
		fmt.Fprintf(&out, "| [`%s`](#%s) | %s | %s |\n", r.ID, r.ID, r.Title, databases(r))
	}
	for _, r := range lint.Rules() {
		fmt.Fprintf(&out, "\n## %s\n\n%s (%s).\n\nWhy: %s.\n\nThe safe way: %s\n\n```sql\n-- found\n%s\n```\n\n"+
			"```sql\n-- not found\n%s\n```\n", r.ID, r.Title, databases(r), r.Reason, r.Safe, r.Bad, r.Good)
	}
	return out.String()
}

func databases(r lint.Rule) string {
	if len(r.Dialects) == 0 {
		return "all"
	}
	var names []string
	for _, d := range r.Dialects {
		names = append(names, d.String())
	}
	return strings.Join(names, ", ")
}
