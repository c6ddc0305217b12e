package archtest

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

// Tree is the parsed Go source of the repository.
type Tree struct {
	Module  string   // the root module's path
	Files   []File   // in the order of their paths
	Skipped []string // folders that were not entered
	Broken  []Violation
}

// File is one source file.
type File struct {
	Path string // from the root, with slashes
	Pkg  string // the folder as rules write it: "./session", or "." for the root
	Test bool   // a _test.go file
	Set  *token.FileSet
	AST  *ast.File
	Text []byte
}

// Violation is one broken rule.
type Violation struct {
	Path string
	Line int // 0: the file as a whole
	Text string
}

// String is "path:line: text", which editors and CI can open.
func (v Violation) String() string {
	if v.Line == 0 {
		return fmt.Sprintf("%s: %s", v.Path, v.Text)
	}
	return fmt.Sprintf("%s:%d: %s", v.Path, v.Line, v.Text)
}

// Load parses every Go file under root, which holds the root module's go.mod. A file that does not
// parse becomes a violation in Broken, not an error: the others are checked all the same.
func Load(root fs.FS) (*Tree, error) {
	module, err := modulePath(root)
	if err != nil {
		return nil, err
	}
	tree := &Tree{Module: module}
	return tree, fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return tree.enter(name)
		case path.Ext(name) == ".go":
			return tree.add(root, name)
		}
		return nil
	})
}

func (t *Tree) enter(folder string) error {
	if !ignoredFolder(folder) {
		return nil
	}
	t.Skipped = append(t.Skipped, folder)
	return fs.SkipDir
}

func modulePath(root fs.FS) (string, error) {
	text, err := fs.ReadFile(root, "go.mod")
	if err != nil {
		return "", err
	}
	_, rest, found := strings.Cut("\n"+string(text), "\nmodule ")
	if !found {
		return "", errors.New("go.mod has no module line")
	}
	name, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(name), nil
}

func ignoredFolder(name string) bool {
	base := path.Base(name)
	return base == "testdata" || name != "." && strings.ContainsAny(base[:1], "._")
}

func (t *Tree) add(root fs.FS, name string) error {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, name, text, parser.ParseComments)
	if err != nil {
		t.Broken = append(t.Broken, Violation{Path: name, Text: "does not parse: " + err.Error()})
		return nil //nolint:nilerr // it is in Broken, and the others are still checked
	}
	t.Files = append(t.Files, File{
		Path: name, Pkg: local(path.Dir(name)), Test: strings.HasSuffix(name, "_test.go"),
		Set: set, AST: parsed, Text: text,
	})
	return nil
}

// written reports whether people write the file. What a program has generated is held to the
// arrows and to nothing else.
func (f File) written() bool { return !ast.IsGenerated(f.AST) }

// lines is the length of the file.
func (f File) lines() int {
	n := bytes.Count(f.Text, []byte("\n"))
	if !bytes.HasSuffix(f.Text, []byte("\n")) {
		n++
	}
	return n
}

func (f File) line(pos token.Pos) int { return f.Set.Position(pos).Line }

func (f File) violation(pos token.Pos, format string, args ...any) Violation {
	return Violation{Path: f.Path, Line: f.line(pos), Text: fmt.Sprintf(format, args...)}
}
