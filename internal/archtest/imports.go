package archtest

import (
	"fmt"
	"strconv"
	"strings"
)

// ImportRule says what the files of some packages may import directly. Patterns are explained at
// matches.
type ImportRule struct {
	In      []string // the packages that it binds
	Except  []string // those among them that it does not
	Tests   bool     // binds their test files too
	Only    []string // when set: all that they may import
	Never   []string // what they may not import
	Reason  string
	Instead string // what would be right
}

// CheckImports returns every import that breaks a rule.
func (t *Tree) CheckImports(rules []ImportRule) []Violation {
	var found []Violation
	for _, file := range t.Files {
		for _, rule := range rules {
			if rule.binds(file) {
				found = append(found, rule.check(file, t.Module)...)
			}
		}
	}
	return found
}

func (r ImportRule) check(file File, module string) []Violation {
	var found []Violation
	for _, spec := range file.AST.Imports {
		importPath, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
		if imported := normal(module, importPath); r.forbids(imported) {
			found = append(found, file.violation(spec.Pos(), "%s", r.message(file, imported)))
		}
	}
	return found
}

func (r ImportRule) binds(f File) bool {
	return (r.Tests || !f.Test) && matches(r.In, f.Pkg) && !matches(r.Except, f.Pkg)
}

func (r ImportRule) forbids(imported string) bool {
	return matches(r.Never, imported) || r.Only != nil && !matches(r.Only, imported)
}

func (r ImportRule) message(f File, imported string) string {
	text := fmt.Sprintf("%s imports %s: %s; %s", f.Pkg, imported, r.Reason, r.Instead)
	if r.Only != nil {
		text += " (allowed: " + strings.Join(r.Only, ", ") + ")"
	}
	return text
}
