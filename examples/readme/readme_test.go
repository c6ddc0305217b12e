package main

import (
	"os"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/internal/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// What the README says that this program prints.
func Example() {
	main()
	// Output:
	// transfer of 30 refused: false
	// transfer of 300 refused: true
	// [ann has 70 bob has 30] <nil>
}

func TestFirstBlockOfTheReadmeIsThisProgram(t *testing.T) {
	readme := read(t, "../../README.md")
	begin := strings.Index(readme, "```go\n")
	if line := strings.Count(readme[:max(begin, 0)], "\n"); begin < 0 || line >= 30 {
		t.Fatalf("the README has no Go before line 30 (line %d)", line)
	}
	_, program, _ := strings.Cut("\n"+read(t, "main.go"), "\npackage main\n")
	if got, want := blocks(readme, "go")[0], "package main\n"+program; got != want {
		t.Errorf("README.md has\n%s\nmain.go has\n%s", got, want)
	}
}

func TestSecondBlockOfTheReadmeIsARepositoryWithTheMiddleware(t *testing.T) {
	second := blocks(read(t, "../../README.md"), "go")[1]
	for _, part := range []string{"type orders struct", "scoped.New(engine)", "scopedhttp.Middleware"} {
		if !strings.Contains(second, part) {
			t.Errorf("it has no %s:\n%s", part, second)
		}
	}
}

func TestReadmeSaysWhatTheProgramPrints(t *testing.T) {
	readme, tests := read(t, "../../README.md"), read(t, "readme_test.go")
	_, output, _ := strings.Cut(tests, "// Output:\n")
	output, _, _ = strings.Cut(output, "}")
	if !strings.Contains(flat(readme), flat(strings.ReplaceAll(output, "// ", ""))) {
		t.Errorf("README.md does not have\n%s", output)
	}
}

func TestEveryFragmentOfTheReadmeIsCompiled(t *testing.T) {
	var compiled string
	for _, name := range []string{"snippets_test.go", "guide_test.go",
		"../../internal/adaptertest/readme_test.go"} { // which needs libraries of others
		compiled += flat(read(t, name))
	}
	for _, fragment := range blocks(read(t, "../../README.md"), "go")[1:] {
		if !strings.Contains(compiled, flat(fragment)) {
			t.Errorf("no test has this fragment of README.md:\n%s", fragment)
		}
	}
}

func TestFilesThatTheReadmeLinksToExist(t *testing.T) {
	for _, target := range links(read(t, "../../README.md")) {
		if _, err := os.Stat("../../" + target); err != nil {
			t.Errorf("README.md links to %s: %v", target, err)
		}
	}
}

// links are the files that a text links to.
func links(markdown string) []string {
	var found []string
	parts := strings.Split(markdown, "](")
	for _, part := range parts[1:] {
		target, _, _ := strings.Cut(part, ")")
		target, _, _ = strings.Cut(target, "#")
		if target != "" && !strings.ContainsAny(target, ": \n") {
			found = append(found, target)
		}
	}
	return found
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blocks are the fenced blocks of a language.
func blocks(markdown, language string) []string {
	var found []string
	for {
		_, rest, ok := strings.Cut(markdown, "```"+language+"\n")
		if !ok {
			return found
		}
		block, after, _ := strings.Cut(rest, "```\n")
		found = append(found, block)
		markdown = after
	}
}

// flat is text without indentation and empty lines: a fragment may stand deeper
// in a program than in the README.
func flat(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
