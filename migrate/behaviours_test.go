package migrate_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	behaviourRow = regexp.MustCompile(`(?m)^\| (\d+)(?: \*)? \| .* \| (.*) \|$`)
	testName     = regexp.MustCompile("`(Test\\w+)`")
	testFunction = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
)

func TestTheTableOfBehavioursNamesTestsThatExist(t *testing.T) {
	table, err := os.ReadFile("../docs/behaviours.md")
	noErr(t, err)
	there := testFunctions(t, "..")
	rows := behaviourRow.FindAllStringSubmatch(string(table), -1)
	equal(t, "rows", len(rows), 50)
	for i, row := range rows {
		equal(t, "number", row[1], strconv.Itoa(i+1))
		names := testName.FindAllStringSubmatch(row[2], -1)
		if len(names) == 0 && !strings.HasPrefix(row[2], "not met") {
			t.Errorf("behaviour %s has no test, and does not say that it is not met", row[1])
		}
		for _, name := range names {
			if !there[name[1]] {
				t.Errorf("behaviour %s: there is no %s", row[1], name[1])
			}
		}
	}
}

// testFunctions are the names of all tests below a folder.
func testFunctions(t *testing.T, root string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	noErr(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, name := range testFunction.FindAllSubmatch(text, -1) {
			found[string(name[1])] = true
		}
		return err
	}))
	return found
}
