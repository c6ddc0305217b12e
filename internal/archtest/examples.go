package archtest

import (
	"go/ast"
	"go/doc"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"
)

// Shown are the packages whose every exported name has an Example: what application code calls.
var Shown = []string{
	"./session", "./scoped/...", "./drivers/sqlite", "./drivers/postgres", "./drivers/mysql",
	"./migrate", "./migrate/source", "./migrate/sqlsplit", "./migrate/lint",
}

// Package is a package as its importers see it, with the files of its external test package, where
// Examples stand.
type Package struct {
	Path  string // as rules write it
	Types *types.Package
	Tests []*ast.File
	Set   *token.FileSet // of the files, and of the package as the compiler wrote it
	Info  *types.Info    // of the files: Defs and Uses

	testing *types.Package // that of the files
}

// CheckExamples returns every exported function, type, method and variable that no Example uses.
// Only an Example with an Output comment counts, because the others are not run. It uses what stands
// in it and in the declarations of its test package that it reaches, such as a repository's methods.
//
// A type is also shown by an Example that is named after it, and by one that has a value of it: in a
// variable, a constant or a field, or from a function. Constants and fields are shown with their types, and
// methods that the standard library calls, or nobody, with what they belong to: see [called].
func (p *Package) CheckExamples() []Violation {
	shown := p.shown()
	var found []Violation
	for _, name := range p.names() {
		if !shown[name.object] && !shown[aliased(name.object)] {
			found = append(found, p.violation(name))
		}
	}
	return found
}

func (p *Package) violation(name exported) Violation {
	at := p.Set.Position(name.object.Pos())
	file := path.Join(p.Path, path.Base(at.Filename))
	return Violation{Path: file, Line: at.Line, Text: "exported " + name.full +
		" has no Example: use it in one that has an Output comment and needs no server"}
}

// exported is a name that users see.
type exported struct {
	full   string // a method's with its type
	object types.Object
}

// names are the names that need an Example, in the order of the alphabet.
func (p *Package) names() []exported {
	var all []exported
	for _, name := range p.Types.Scope().Names() {
		if object := p.Types.Scope().Lookup(name); object.Exported() {
			all = append(all, namesOf(object)...)
		}
	}
	return all
}

func namesOf(object types.Object) []exported {
	one := exported{object.Name(), object}
	switch object := object.(type) {
	case *types.Const:
		return nil
	case *types.TypeName:
		return append(methods(object), one)
	}
	return []exported{one}
}

// aliased is the type that an alias stands for, and any other type itself.
func aliased(object types.Object) types.Object {
	if t, ok := object.(*types.TypeName); ok {
		if named := owner(t.Type()); named != nil {
			return named
		}
	}
	return object
}

// methods are those of a concrete type that somebody calls. Those of an interface are for whoever
// implements it.
func methods(t *types.TypeName) []exported {
	if types.IsInterface(t.Type()) {
		return nil
	}
	var all []exported
	for method := range types.NewMethodSet(types.NewPointer(t.Type())).Methods() {
		f, ok := method.Obj().(*types.Func)
		if ok && called(f) && lends(f, t) {
			all = append(all, exported{t.Name() + "." + f.Name(), f})
		}
	}
	return all
}

// lends reports whether a method is shown as one of the type: its own, or of a type without a name
// that others see.
func lends(f *types.Func, t *types.TypeName) bool {
	of := owner(f.Signature().Recv().Type())
	return f.Pkg() == t.Pkg() && of != nil && (of == t || !of.Exported() || t.IsAlias())
}

// byOthers are methods that fmt, errors, log/slog and encoders call.
var byOthers = []string{"Error", "Unwrap", "Is", "As", "String", "GoString", "Format", "LogValue"}

// called reports whether users call the method.
func called(f *types.Func) bool {
	return f.Exported() && !marks(f) && !slices.Contains(byOthers, f.Name())
}

// marks reports whether the method takes nothing and returns nothing: it marks what an interface
// admits.
func marks(f *types.Func) bool {
	return f.Signature().Params().Len() == 0 && f.Signature().Results().Len() == 0
}

// shown are the objects that the package's Examples use, and the types that they stand for.
func (p *Package) shown() map[types.Object]bool {
	r := reach{info: p.Info, declared: declarations(p), seen: map[types.Object]bool{}}
	for _, example := range p.examples() {
		r.see(p.testing.Scope().Lookup("Example" + example))
		r.see(p.Types.Scope().Lookup(subject(example)))
	}
	return r.seen
}

// examples are the names of those that are run.
func (p *Package) examples() []string {
	var names []string
	for _, example := range doc.Examples(p.Tests...) {
		if example.Output != "" || example.EmptyOutput {
			names = append(names, example.Name)
		}
	}
	return names
}

// subject is the type that an Example is named after: T of T, T_Method and T_suffix.
func subject(example string) string {
	name, _, _ := strings.Cut(example, "_")
	return name
}
