package archtest

import "testing"

func TestEachKindOfExportedNameNeedsAComment(t *testing.T) {
	for name, source := range map[string]string{
		"a function":               "func F() {}",
		"a method":                 "\n// T is.\ntype T int\nfunc (t *T) F() {}",
		"a method of a generic":    "\n// T is.\ntype T[A any] int\nfunc (t *T[A]) F() {}",
		"a method of two generics": "\n// T is.\ntype T[A, B any] int\nfunc (t T[A, B]) F() {}",
		"a type":                   "type T int",
		"a type in a block":        "\n// Comments of a block name no type.\ntype (\n\tT int\n)",
		"a constant":               "const C = 1",
		"a variable in a block":    "var (\n\tunexported int\n\tV int\n)",
		"a field":                  "\n// T is.\ntype T struct {\n\tF int\n}",
		"a field in a field":       "\n// T is.\ntype T struct {\n\tS struct{ F int } // S is.\n}",
		"a method of an interface": "\n// T is.\ntype T interface {\n\tF()\n}",
		"an empty comment":         "\n//\nfunc F() {}",
		"a directive alone":        "\n//go:noinline\nfunc F() {}",
	} {
		t.Run(name, func(t *testing.T) {
			found := documented(t, "a/a.go", source).CheckDocs()
			if len(found) != 1 || found[0].Line == 0 {
				t.Errorf("got %v, want one violation with its line", found)
			}
		})
	}
}

func TestNamesThatNeedNoCommentOrHaveOne(t *testing.T) {
	for name, source := range map[string]string{
		"unexported":                  "func f() {}\ntype t struct{ F int }\nvar v int",
		"a method of an unexported":   "type t int\nfunc (t) F() {}",
		"a block with a comment":      "\n// Kinds of error.\nconst (\n\tA = 1\n\tB = 2\n)",
		"a comment behind the name":   "var (\n\tV int // V is.\n)",
		"fields with comments":        "\n// T is.\ntype T struct {\n\tA, B int // A and B are.\n}",
		"an embedded field":           "\n// T is.\ntype T struct{ error }",
		"a field in an unexported":    "\n// T is.\ntype T struct {\n\tf struct{ F int }\n}",
		"a comment behind a constant": "const C = 1 // C is.",
	} {
		t.Run(name, func(t *testing.T) {
			wantNone(t, documented(t, "a/a.go", source).CheckDocs())
		})
	}
}

func TestTestsCommandsAndInternalPackagesNeedNoCommentsOnNames(t *testing.T) {
	for _, file := range []string{"a/a_test.go", "internal/a/a.go", "a/internal/b/b.go"} {
		wantNone(t, documented(t, file, "func F() {}").CheckDocs())
	}
	tree := repository(t, map[string]string{
		"cmd/a/main.go": "// Command a runs.\npackage main\n\nfunc F() {}\n",
	})
	wantNone(t, tree.CheckDocs())
}

func TestEveryPackageNeedsAPackageCommentInOneFile(t *testing.T) {
	tree := repository(t, map[string]string{
		"a/a.go": "package a\n", "a/doc.go": "// Package a is.\npackage a\n",
		"internal/b/b.go": "package b\n", "internal/b/b_test.go": "// Not here.\npackage b\n",
	})
	wantOne(t, tree.CheckDocs(), "internal/b/b.go:1", "package ./internal/b has no comment")
}

func documented(t *testing.T, file, source string) *Tree {
	t.Helper()
	return repository(t, map[string]string{file: "// Package p is.\npackage p\n\n" + source + "\n"})
}
