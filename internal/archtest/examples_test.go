package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"testing"
)

// library is a package with a name of each kind.
const library = `package p

var ErrX = error(nil)

func F() T { return 0 }

type T int

const C T = 1

func (T) M() int { return 0 }

func (T) Error() string { return "" }

func (T) MarksSomething() {}

type Base struct{ shared }

type shared struct{}

func (*shared) S() int { return 0 }

type G[A any] struct{}

func (*G[A]) M() {}

func (*G[A]) N(A) {}

type I interface{ Implemented() error }

type Outer struct{ T }

func All() []T { return nil }

type Alias = T
`

func TestEachKindOfExportedNameNeedsAnExample(t *testing.T) {
	var missing []string
	for _, name := range exampled(t, "").names() {
		missing = append(missing, name.full)
	}
	want := []string{"Alias.M", "Alias", "All", "Base.S", "Base", "ErrX", "F", "G.N", "G", "I", "Outer",
		"T.M", "T"} // Outer's M is T's
	if !slices.Equal(missing, want) {
		t.Errorf("missing are %v, want %v", missing, want)
	}
}

func TestANameIsShownByAnExampleThatReachesIt(t *testing.T) {
	for name, test := range map[string]struct {
		source string
		shown  []string
	}{
		"in the Example": {
			"func Example() { _ = p.ErrX\n// Output:\n}", []string{"ErrX"},
		},
		"a function, and the type that it returns": {
			"func Example() { p.F()\n// Output:\n}", []string{"F", "T", "Alias"},
		},
		"a method, and its type": {
			"func Example() { var a any = p.F().M()\n_ = a\n// Output:\n}",
			[]string{"F", "T", "T.M", "Alias", "Alias.M"},
		},
		"a type by its constant": {
			"func Example() { _ = p.C\n// Output:\n}", []string{"T", "Alias"},
		},
		"a method that an unexported type lends": {
			"func Example() { new(p.Base).S()\n// Output:\n}", []string{"Base", "Base.S"},
		},
		"a method of an instance": {
			"func Example() { new(p.G[int]).N(1)\n// Output:\n}", []string{"G", "G.N"},
		},
		"a type by a variable": {
			"func Example() { for _, v := range p.All() { _ = v }\n// Output:\n}", []string{"All", "T", "Alias"},
		},
		"a type by the Example's name": {
			"func ExampleI_something() {\n// Output:\n}", []string{"I"},
		},
		"in a helper's method": {
			"type h struct{}\nfunc (h) do() { _ = p.ErrX }\n" +
				"func Example() { h{}.do()\n// Output:\n}", []string{"ErrX"},
		},
		"in a variable": {
			"var v = p.ErrX\nfunc Example() { _ = v\n// Output:\n}", []string{"ErrX"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			wantShown(t, exampled(t, test.source), test.shown)
		})
	}
}

func TestWhatIsNotRunOrNotReachedShowsNothing(t *testing.T) {
	for name, source := range map[string]string{
		"an Example without output": "func Example() { _ = p.ErrX }",
		"a test":                    "func TestX() { _ = p.ErrX\n// Output:\n}",
		"a helper of nobody":        "func h() { _ = p.ErrX }\nfunc Example() {\n// Output:\n}",
		"another's method of the same name": "type h struct{}\nfunc (h) M() {}\n" +
			"func Example() { h{}.M()\n// Output:\n}",
	} {
		t.Run(name, func(t *testing.T) { wantShown(t, exampled(t, source), nil) })
	}
}

func TestAMissingExampleIsReportedAtItsName(t *testing.T) {
	p := exampled(t, "func Example() { _ = p.F().M()\n_ = p.I(nil)\nnew(p.Base).S()\n"+
		"_ = p.Outer{}\np.All()\n"+
		"new(p.G[int]).N(1)\n// Output:\n}")
	wantOne(t, p.CheckExamples(), "p/p.go:3", "exported ErrX has no Example")
}

// exampled is the library with these Examples.
func exampled(t *testing.T, source string) *Package {
	t.Helper()
	p := &Package{Path: "./p", Set: token.NewFileSet()}
	var err error
	p.Types, err = new(types.Config).Check("p", p.Set, []*ast.File{p.file(t, "p.go", library)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Tests = []*ast.File{p.file(t, "p_test.go", "package p_test\nimport \"p\"\n"+source)}
	p.check(only{p.Types})
	return p
}

func (p *Package) file(t *testing.T, name, source string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(p.Set, name, source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// only imports one package.
type only struct{ p *types.Package }

func (o only) Import(string) (*types.Package, error) { return o.p, nil }

func wantShown(t *testing.T, p *Package, want []string) {
	t.Helper()
	wanted := map[string]bool{}
	for _, name := range want {
		wanted[name] = true
	}
	shown := p.shown()
	for _, name := range p.names() {
		if got := shown[name.object] || shown[aliased(name.object)]; got != wanted[name.full] {
			t.Errorf("%s is shown: %v", name.full, got)
		}
	}
}
