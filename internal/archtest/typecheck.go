package archtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// built is what is read of each package in the output of go list -export.
type built struct {
	ImportPath   string
	Dir          string
	Export       string // the file that the compiler wrote for importers
	XTestGoFiles []string
	DepOnly      bool
}

// builtFields are what go list is asked for.
const builtFields = "ImportPath,Dir,Export,XTestGoFiles,DepOnly"

// ReadPackages reads the output of "go list -export -deps -test -json" and loads the packages that
// were asked for and match the patterns, as their importers see them.
func ReadPackages(module string, patterns []string, list io.Reader) ([]*Package, error) {
	packages, err := readBuilt(list)
	if err != nil {
		return nil, err
	}
	var all []*Package
	l := newLoader(module, packages)
	for _, pkg := range packages {
		if l.wants(patterns, pkg) && err == nil {
			var p *Package
			p, err = l.load(pkg)
			all = append(all, p)
		}
	}
	return all, err
}

func readBuilt(list io.Reader) (all []built, err error) {
	for decoder := json.NewDecoder(list); ; {
		var pkg built
		if err := decoder.Decode(&pkg); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, pkg)
	}
}

// loader reads what the compiler wrote.
type loader struct {
	module  string
	exports map[string]string // files by import path
	set     *token.FileSet
	from    types.Importer
}

func newLoader(module string, packages []built) *loader {
	l := &loader{module: module, exports: map[string]string{}, set: token.NewFileSet()}
	for _, pkg := range packages {
		l.exports[pkg.ImportPath] = pkg.Export
	}
	l.from = importer.ForCompiler(l.set, "gc", l.open)
	return l
}

func (l *loader) open(path string) (io.ReadCloser, error) { return os.Open(l.exports[path]) }

func (l *loader) wants(patterns []string, pkg built) bool {
	return !pkg.DepOnly && !ofTests(pkg.ImportPath) && matches(patterns, normal(l.module, pkg.ImportPath))
}

// ofTests: the go command lists "p [p.test]" and "p.test" besides p.
func ofTests(importPath string) bool {
	return strings.Contains(importPath, " [") || strings.HasSuffix(importPath, ".test")
}

func (l *loader) load(pkg built) (*Package, error) {
	imported, err := l.from.Import(pkg.ImportPath)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", pkg.ImportPath, err)
	}
	p := &Package{Path: normal(l.module, pkg.ImportPath), Types: imported, Set: l.set}
	err = p.parse(pkg)
	if err == nil {
		p.check(l.from)
	}
	return p, err
}

func (p *Package) parse(pkg built) error {
	for _, name := range pkg.XTestGoFiles {
		file, err := parser.ParseFile(p.Set, filepath.Join(pkg.Dir, name), nil, parser.ParseComments)
		if err != nil {
			return err
		}
		p.Tests = append(p.Tests, file)
	}
	return nil
}

// check resolves the names in the files. What a test package sees of its own package besides what
// others see does not resolve, and need not.
func (p *Package) check(from types.Importer) {
	p.Info = &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: from, Error: func(error) {}}
	p.testing, _ = config.Check(p.Types.Path()+"_test", p.Set, p.Tests, p.Info)
}
