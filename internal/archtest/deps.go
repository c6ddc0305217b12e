package archtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Graph maps packages, as rules write them, to what their non-test files import.
type Graph map[string][]string

// listed is what is read of each package in the output of go list.
type listed struct {
	ImportPath string
	Imports    []string
	Error      *struct{ Err string }
}

// ReadGraph reads the output of "go list -e -deps -json=ImportPath,Imports,Error". The go command
// leaves out files that this platform does not build; [Tree.CheckImports] sees those. The error
// names the packages that the go command could not load; the graph holds the others.
func ReadGraph(module string, list io.Reader) (Graph, error) {
	graph := Graph{}
	var broken []error
	decoder := json.NewDecoder(list)
	for {
		var pkg listed
		switch err := decoder.Decode(&pkg); {
		case errors.Is(err, io.EOF):
			return graph, errors.Join(broken...)
		case err != nil:
			return graph, err
		}
		if pkg.Error != nil {
			broken = append(broken, fmt.Errorf("%s: %s", pkg.ImportPath, pkg.Error.Err))
		}
		graph.add(module, pkg)
	}
}

func (g Graph) add(module string, pkg listed) {
	name := normal(module, pkg.ImportPath)
	for _, imported := range pkg.Imports {
		g[name] = append(g[name], normal(module, imported))
	}
}

// Check returns a violation, with the way that leads there, for each package of this repository
// that reaches a forbidden one. A way through a package that itself breaks or is exempt from the
// rule counts: what is exempt burdens whoever imports it.
func (g Graph) Check(rules []ImportRule) []Violation {
	var found []Violation
	for _, pkg := range slices.Sorted(maps.Keys(g)) {
		for _, rule := range rules {
			if rule.reports(pkg) {
				found = append(found, rule.judge(pkg, g.way(pkg, rule.Never))...)
			}
		}
	}
	return found
}

func (r ImportRule) judge(pkg string, way []string) []Violation {
	if way == nil || r.reports(way[1]) {
		return nil
	}
	text := fmt.Sprintf("reaches %s: %s; %s", strings.Join(way, " -> "), r.Reason, r.Instead)
	return []Violation{{Path: pkg, Text: text}}
}

func (r ImportRule) reports(pkg string) bool {
	return isOwn(pkg) && matches(r.In, pkg) && !matches(r.Except, pkg)
}

// way is a shortest way from a package to one that matches, or nil.
func (g Graph) way(from string, targets []string) []string {
	seen := map[string]bool{from: true}
	for ways := [][]string{{from}}; len(ways) > 0; ways = ways[1:] {
		way := ways[0]
		for _, next := range g[way[len(way)-1]] {
			longer := append(way[:len(way):len(way)], next)
			if matches(targets, next) {
				return longer
			}
			if !seen[next] {
				seen[next] = true
				ways = append(ways, longer)
			}
		}
	}
	return nil
}
