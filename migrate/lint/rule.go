package lint

import (
	"slices"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// Rule is one thing that is looked for.
type Rule struct {
	// ID names the rule, in findings and in lint:ignore.
	ID string
	// Dialects are the databases that it is about; all if there are none.
	Dialects []sqlsplit.Dialect
	// Title says what is looked for.
	Title string
	// Reason says why it is dangerous.
	Reason string
	// Safe is the safe way.
	Safe string
	// Bad is a script in which the rule finds something, and Good one that does the
	// same without it.
	Bad, Good string

	find func(l *linter, v *view) []hit
}

// hit is what a rule found, at an offset in the statement.
type hit struct {
	at      int
	message string
}

// Rules are all rules, in the order in which they look.
func Rules() []Rule { return slices.Clone(rules) }

// rules is filled in by init, as the rules' functions use what uses the rules.
var rules []Rule

func init() { rules = slices.Concat(generalRules, postgresRules, mysqlRules, sqliteRules) }

// unknownRule is what a lint:ignore finds that names no rule.
var unknownRule = Rule{ID: "unknown-rule", Reason: "there is no such rule, so nothing is ignored",
	Safe: "Name one of the rules in docs/lint.md, with a colon before the reason."}

func known(id string) bool {
	return slices.ContainsFunc(rules, func(r Rule) bool { return r.ID == id })
}

func (r *Rule) applies(d sqlsplit.Dialect) bool {
	return len(r.Dialects) == 0 || slices.Contains(r.Dialects, d)
}

// once is a hit at a token.
func once(t tok, message string) []hit { return []hit{{t.at, message}} }

// eachAction looks at what an ALTER TABLE does to a table that the script has not
// created.
func eachAction(find func(table string, action []tok) string) func(*linter, *view) []hit {
	return func(l *linter, v *view) []hit {
		table, actions := v.alter()
		var hits []hit
		for _, a := range actions {
			if len(a) == 0 || l.created[table] {
				continue
			}
			if message := find(table, a); message != "" {
				hits = append(hits, hit{a[0].at, message})
			}
		}
		return hits
	}
}
