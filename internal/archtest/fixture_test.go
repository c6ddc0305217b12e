package archtest

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// repository builds a tree from sources in memory.
func repository(t *testing.T, files map[string]string) *Tree {
	t.Helper()
	memory := fstest.MapFS{"go.mod": {Data: []byte("module example.org/root\n\ngo 1.26\n")}}
	for name, text := range files {
		memory[name] = &fstest.MapFile{Data: []byte(text)}
	}
	tree, err := Load(memory)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// importing is a file that imports a package, written as rules write it.
func importing(pkg string) string {
	if rest, own := strings.CutPrefix(pkg, "./"); own {
		pkg = "example.org/root/" + rest
	}
	return fmt.Sprintf("// Package p is a fixture.\npackage p\n\nimport _ %q\n", pkg)
}

// function is a function of so many lines.
func function(name string, lines int) string {
	return "func " + name + "() {" + strings.Repeat("\n", lines-1) + "}\n"
}

func wantOne(t *testing.T, found []Violation, place, text string) {
	t.Helper()
	if len(found) != 1 {
		t.Fatalf("%d violations, want 1: %v", len(found), found)
	}
	got := found[0].String()
	if !strings.HasPrefix(got, place+": ") || !strings.Contains(got, text) {
		t.Errorf("got %q, want it at %s with %q", got, place, text)
	}
}

func wantNone(t *testing.T, found []Violation) {
	t.Helper()
	if len(found) != 0 {
		t.Errorf("violations in legal source: %v", found)
	}
}
