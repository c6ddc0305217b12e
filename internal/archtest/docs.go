package archtest

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// CheckDocs returns every exported name without a comment of its own, in packages that others can
// import: functions, methods, types, constants, variables, and the fields and methods that an
// exported type shows. The comment of a const or var block speaks for its names; a line comment
// behind a name does too. Every package, internal or not, needs a package comment.
func (t *Tree) CheckDocs() []Violation {
	var found []Violation
	for _, file := range t.Files {
		if file.written() && public(file) {
			found = append(found, undocumented(file)...)
		}
	}
	return append(found, t.packageComments()...)
}

func public(file File) bool {
	return !file.Test && file.AST.Name.Name != "main" &&
		!strings.Contains(file.Pkg+"/", "/internal/")
}

func undocumented(file File) []Violation {
	d := docs{file: file}
	for _, decl := range file.AST.Decls {
		d.decl(decl)
	}
	return d.found
}

// packageComments looks for one file in each package that says what the package is.
func (t *Tree) packageComments() []Violation {
	said := map[string]bool{}
	for _, file := range t.Files {
		said[file.Pkg] = said[file.Pkg] || file.AST.Doc != nil && !file.Test || !file.written()
	}
	var found []Violation
	for _, file := range t.Files {
		if !file.Test && !said[file.Pkg] {
			said[file.Pkg] = true // one violation for each package, at its first file
			found = append(found, file.violation(file.AST.Package,
				"package %s has no comment: say in one file, doc.go, what it is for", file.Pkg))
		}
	}
	return found
}

type docs struct {
	file  File
	found []Violation
}

func (d *docs) decl(decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if d.shown(decl) {
			d.need(decl.Name, decl.Doc)
		}
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			d.spec(spec, decl)
		}
	}
}

// shown: a method of an unexported type is reached only through an interface, which documents it.
func (d *docs) shown(f *ast.FuncDecl) bool {
	return f.Recv == nil || len(f.Recv.List) == 0 || ast.IsExported(receiver(f.Recv.List[0].Type))
}

// receiver is the name of the type, which comes first: *T, T[A], (*T[A, B]).
func receiver(expr ast.Expr) string {
	var name string
	ast.Inspect(expr, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return name == ""
	})
	return name
}

func (d *docs) spec(spec ast.Spec, block *ast.GenDecl) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			d.need(name, block.Doc, spec.Doc, spec.Comment)
		}
	case *ast.TypeSpec:
		d.typeSpec(spec, block)
	}
}

func (d *docs) typeSpec(spec *ast.TypeSpec, block *ast.GenDecl) {
	lone := block.Doc // without parentheses the comment stands on the declaration
	if block.Lparen != token.NoPos {
		lone = nil
	}
	d.need(spec.Name, lone, spec.Doc, spec.Comment)
	if spec.Name.IsExported() {
		d.members(spec.Type)
	}
}

// members asks for the fields of structs and the methods of interfaces, and for what is inside a
// field that is itself shown. Embedded types and the terms of constraints have comments where they
// are declared.
func (d *docs) members(expr ast.Expr) {
	for _, field := range fields(expr) {
		for _, name := range field.Names {
			d.need(name, field.Doc, field.Comment)
			if name.IsExported() {
				d.members(field.Type)
			}
		}
	}
}

func fields(expr ast.Expr) []*ast.Field {
	switch expr := expr.(type) {
	case *ast.StructType:
		return expr.Fields.List
	case *ast.InterfaceType:
		return expr.Methods.List
	}
	return nil
}

func (d *docs) need(name *ast.Ident, comments ...*ast.CommentGroup) {
	if !name.IsExported() {
		return
	}
	if slices.ContainsFunc(comments, saysSomething) {
		return
	}
	d.found = append(d.found, d.file.violation(name.Pos(),
		"exported %s has no comment: say what it means, its unit, default and errors", name.Name))
}

// saysSomething is false for a directive alone: Text leaves those out.
func saysSomething(comment *ast.CommentGroup) bool {
	return strings.TrimSpace(comment.Text()) != ""
}
