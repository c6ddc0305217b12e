package archtest

import (
	"go/ast"
	"go/types"
)

// reach is what can be reached from Examples in their own package.
type reach struct {
	info     *types.Info
	declared map[types.Object]ast.Node // of the test package
	seen     map[types.Object]bool
}

// declarations are those of the test package by what they declare.
func declarations(p *Package) map[types.Object]ast.Node {
	all := map[types.Object]ast.Node{}
	for _, file := range p.Tests {
		for _, decl := range file.Decls {
			declare(p.Info, all, decl)
		}
	}
	return all
}

func declare(info *types.Info, all map[types.Object]ast.Node, decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		all[info.Defs[decl.Name]] = decl
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			for _, name := range declares(spec) {
				all[info.Defs[name]] = spec
			}
		}
	}
}

func declares(spec ast.Spec) []*ast.Ident {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return []*ast.Ident{spec.Name}
	case *ast.ValueSpec:
		return spec.Names
	}
	return nil
}

// walk sees everything that has a name in the node.
func (r *reach) walk(node ast.Node) {
	ast.Inspect(node, func(n ast.Node) bool {
		if name, ok := n.(*ast.Ident); ok {
			r.see(origin(r.info.ObjectOf(name)))
		}
		return true
	})
}

// see notes an object, the types it shows, and what its declaration uses.
func (r *reach) see(object types.Object) {
	if object == nil || r.seen[object] {
		return
	}
	r.seen[object] = true
	for _, t := range shows(object) {
		r.see(t)
	}
	if decl := r.declared[object]; decl != nil {
		r.walk(decl)
	}
}

// origin is the generic function that an instance was made of.
func origin(object types.Object) types.Object {
	if f, ok := object.(*types.Func); ok {
		return f.Origin()
	}
	return object
}

// shows are the types with names that a constant or a variable has, or that a method belongs to and
// a function returns.
func shows(object types.Object) []types.Object {
	switch object := object.(type) {
	case *types.Const, *types.Var:
		return owners(object)
	case *types.Func:
		all := returns(object.Signature())
		if recv := object.Signature().Recv(); recv != nil {
			all = append(all, owners(recv)...)
		}
		return all
	}
	return nil
}

func returns(s *types.Signature) (all []types.Object) {
	for result := range s.Results().Variables() {
		all = append(all, owners(result)...)
	}
	return all
}

func owners(object types.Object) []types.Object {
	if t := owner(object.Type()); t != nil {
		return []types.Object{t}
	}
	return nil
}

// owner is the name of a type or of what it points to.
func owner(t types.Type) *types.TypeName {
	if pointer, ok := types.Unalias(t).(*types.Pointer); ok {
		t = pointer.Elem()
	}
	if named, ok := types.Unalias(t).(*types.Named); ok {
		return named.Obj()
	}
	return nil
}
