package archtest

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

func loadRepository(t *testing.T) *Tree {
	t.Helper()
	tree, err := Load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files; folders not entered: %s", len(tree.Files), strings.Join(tree.Skipped, " "))
	return tree
}

func complain(t *testing.T, found []Violation) {
	t.Helper()
	var lines []string
	for _, violation := range found {
		lines = append(lines, violation.String())
	}
	slices.Sort(lines)
	for _, line := range lines {
		t.Error(line)
	}
}

func TestEveryFileParses(t *testing.T) { complain(t, loadRepository(t).Broken) }

func TestImportsFollowTheArrows(t *testing.T) {
	complain(t, loadRepository(t).CheckImports(Arrows))
}

func TestFilesAndFunctionsStayWithinTheBudget(t *testing.T) {
	tree := loadRepository(t)
	for _, budget := range Budgets {
		complain(t, tree.CheckBudget(budget))
	}
}

func TestEveryExportedNameIsDocumented(t *testing.T) {
	complain(t, loadRepository(t).CheckDocs())
}

func TestNoPackageReachesAForbiddenOneThroughOthers(t *testing.T) {
	module := loadRepository(t).Module
	for _, folder := range shippedModules(t) {
		graph, err := ReadGraph(module, bytes.NewReader(
			list(t, folder, "-e", "-json=ImportPath,Imports,Error", "./...")))
		if err != nil {
			t.Errorf("what these packages reach is not known: %v", err)
		}
		t.Logf("module in %s: %d packages", folder, len(graph))
		complain(t, graph.Check(Forbidden))
	}
}

func TestEveryExportedNameHasAnExample(t *testing.T) {
	module := loadRepository(t).Module
	for _, folder := range shippedModules(t) {
		args := append([]string{"-export", "-test", "-json=" + builtFields}, shownIn(folder)...)
		if len(args) == 3 {
			continue
		}
		packages, err := ReadPackages(module, Shown, bytes.NewReader(list(t, folder, args...)))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range packages {
			t.Logf("%s: %d names", p.Path, len(p.names()))
			complain(t, p.CheckExamples())
		}
	}
}

// shownIn are the patterns of the module in the folder that are Shown: only these are compiled.
func shownIn(folder string) []string {
	within, _ := filepath.Rel(root, folder)
	switch {
	case within == ".":
		return Shown
	case matches(Shown, local(filepath.ToSlash(within))):
		return []string{"./..."}
	}
	return nil
}

// shippedModules finds the folders with a go.mod. What is internal to the repository may depend on
// what it likes, and its dependencies need not be on this machine.
func shippedModules(t *testing.T) []string {
	t.Helper()
	var folders []string
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (ignoredFolder(name) || matches(notShipped, local(name))):
			return fs.SkipDir
		case entry.Name() == "go.mod":
			folders = append(folders, filepath.Join(root, filepath.Dir(name)))
		}
		return nil
	})
	if err != nil || len(folders) == 0 {
		t.Fatalf("no module found, error %v", err)
	}
	return folders
}

func list(t *testing.T, folder string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-deps"}, args...)...)
	cmd.Dir = folder
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list in %s: %v\n%s", folder, err, stderr.String())
	}
	return out
}
