package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"slices"
	"strings"
	"unicode/utf8"
)

// Budget limits the size of files and functions, in lines. Functions count from the line of func to
// the closing brace; function literals belong to the function around them.
type Budget struct {
	Tests                           bool // for tests, see [File.tests]; otherwise for the others
	FileMax, FileMedian             int
	FuncMax, FuncTenth, FuncMedian  int // FuncTenth: one function in ten may be longer
	Columns                         int // in characters
	FileReason, FuncReason, ColHint string
}

// Budgets are the limits of CONTRIBUTING.md, "The bar for the code".
var Budgets = []Budget{
	{
		FileMax: 500, FileMedian: 120, FuncMax: 60, FuncTenth: 25, FuncMedian: 8, Columns: 120,
		FileReason: "split it by subject, a name for each part",
		FuncReason: "give its steps names of their own",
		ColHint:    "break the line; 100 reads better",
	},
	{
		// Tests tell stories in order: a case may be long where a function may not.
		Tests: true, FileMax: 800, FileMedian: 250, FuncMax: 120, FuncTenth: 50, FuncMedian: 20,
		Columns:    120,
		FileReason: "split it by what it tests",
		FuncReason: "move the setting up into a helper, or make it a table",
		ColHint:    "break the line; 100 reads better",
	},
}

// tests: the files of a suite or a scenario are not _test.go files, because others import them, but
// what stands in them is test cases, and those tell stories just the same.
func (f File) tests() bool {
	return f.Test || matches(suites, f.Pkg) || matches(scenarios, f.Pkg)
}

// sized is a file or a function with its length.
type sized struct {
	name string
	file File
	line int
	size int
}

func (s sized) violation(format string, args ...any) Violation {
	return Violation{Path: s.file.Path, Line: s.line, Text: fmt.Sprintf(format, args...)}
}

// CheckBudget returns what exceeds the budget. A median or a tenth that is exceeded is nobody's
// fault in particular: the violation stands at the longest and names the folders that are over it.
func (t *Tree) CheckBudget(b Budget) []Violation {
	var files, funcs []sized
	var found []Violation
	for _, file := range t.Files {
		if file.written() && file.tests() == b.Tests {
			files = append(files, sized{file.Path, file, 1, file.lines()})
			funcs = append(funcs, functions(file)...)
			found = append(found, wide(file, b)...)
		}
	}
	return slices.Concat(found, b.checkFiles(files), b.checkFuncs(funcs))
}

func (b Budget) checkFiles(all []sized) []Violation {
	return slices.Concat(
		tooLong("file", all, b.FileMax, b.FileReason),
		tooMany("files: the median", all, 50, b.FileMedian, b.FileReason))
}

func (b Budget) checkFuncs(all []sized) []Violation {
	return slices.Concat(
		tooLong("function", all, b.FuncMax, b.FuncReason),
		tooMany("functions: the median", all, 50, b.FuncMedian, b.FuncReason),
		tooMany("functions: the 90th percentile", all, 90, b.FuncTenth, b.FuncReason))
}

func functions(file File) []sized {
	var all []sized
	for _, decl := range file.AST.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil {
			first, last := file.line(f.Pos()), file.line(f.End())
			all = append(all, sized{f.Name.Name, file, first, last - first + 1})
		}
	}
	return all
}

func wide(file File, b Budget) []Violation {
	var found []Violation
	number := 0
	for line := range bytes.Lines(file.Text) {
		number++
		if n := utf8.RuneCount(bytes.TrimRight(line, "\r\n")); n > b.Columns {
			text := fmt.Sprintf("line of %d characters, the limit is %d: %s", n, b.Columns, b.ColHint)
			found = append(found, Violation{Path: file.Path, Line: number, Text: text})
		}
	}
	return found
}

func tooLong(kind string, all []sized, limit int, advice string) []Violation {
	var found []Violation
	for _, s := range all {
		if s.size > limit {
			found = append(found, s.violation("%s %s has %d lines, the limit is %d: %s",
				kind, s.name, s.size, limit, advice))
		}
	}
	return found
}

func tooMany(what string, all []sized, percent, limit int, advice string) []Violation {
	actual := percentile(all, percent)
	if actual <= limit {
		return nil
	}
	return []Violation{all[0].violation("%s of %d is %d lines, the limit is %d: %s; over it are %s",
		what, len(all), actual, limit, advice, strings.Join(foldersOver(all, percent, limit), ", "))}
}

// percentile is the nearest rank; it leaves the list sorted, the longest first.
func percentile(all []sized, percent int) int {
	if len(all) == 0 {
		return 0
	}
	slices.SortStableFunc(all, longestFirst)
	return all[len(all)-(len(all)*percent+99)/100].size
}

func longestFirst(a, b sized) int { return b.size - a.size }

func foldersOver(all []sized, percent, limit int) []string {
	var over []string
	for folder, part := range byFolder(all) {
		if actual := percentile(part, percent); actual > limit {
			over = append(over, fmt.Sprintf("%s (%d)", folder, actual))
		}
	}
	slices.Sort(over)
	return over
}

func byFolder(all []sized) map[string][]sized {
	parts := map[string][]sized{}
	for _, s := range all {
		parts[s.file.Pkg] = append(parts[s.file.Pkg], s)
	}
	return parts
}
