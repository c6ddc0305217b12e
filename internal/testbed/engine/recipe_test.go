package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnImageIsBuiltAgainOnlyWhenItsRecipeChanges(t *testing.T) {
	images := t.TempDir()
	recipe := Recipe{Dir: filepath.Join(images, "db"), Name: "test/db:1"}
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(images, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tag := func() string {
		t.Helper()
		got, err := recipe.Tag()
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	write("base.sh", "base")
	write("db/Dockerfile", "FROM base")
	first := tag()
	if !strings.HasPrefix(first, "test/db:1-") || tag() != first {
		t.Fatalf("tags %s and %s", first, tag())
	}
	write("other/Dockerfile", "FROM base")
	if tag() != first {
		t.Error("another recipe changes the tag")
	}
	write("db/Dockerfile", "FROM base:2")
	second := tag()
	if second == first {
		t.Error("the tag stays although the recipe changes")
	}
	write("base.sh", "base 2")
	if tag() == second {
		t.Error("the tag stays although the base changes")
	}
}
