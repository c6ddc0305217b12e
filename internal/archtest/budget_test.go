package archtest

import (
	"fmt"
	"strings"
	"testing"
)

// small enough to be exceeded by fixtures of a few lines; each test tightens one limit.
var roomy = Budget{FileMax: 1000, FileMedian: 1000, FuncMax: 1000, FuncTenth: 1000,
	FuncMedian: 1000, Columns: 1000, FileReason: "split it", FuncReason: "name its steps",
	ColHint: "break it"}

func TestAFileOverTheLimitIsReported(t *testing.T) {
	budget := roomy
	budget.FileMax = 10
	tree := repository(t, map[string]string{
		"a/long.go": "package a\n" + strings.Repeat("\n", 10),
		"a/fits.go": "package a\n" + strings.Repeat("\n", 9),
	})
	wantOne(t, tree.CheckBudget(budget), "a/long.go:1", "has 11 lines, the limit is 10: split it")
}

func TestAFunctionOverTheLimitIsReportedAtItsLine(t *testing.T) {
	budget := roomy
	budget.FuncMax = 10
	tree := repository(t, map[string]string{
		"a/a.go": "package a\n\n" + function("fits", 10) + function("long", 11),
	})
	wantOne(t, tree.CheckBudget(budget), "a/a.go:13", "function long has 11 lines, the limit is 10")
}

func TestMediansAndTheNinetiethPercentileAreReportedWithTheFoldersOverThem(t *testing.T) {
	source := "package a\n"
	for i := range 10 { // functions of 1 to 10 lines: the median is 5, the 90th percentile 9
		source += function(fmt.Sprintf("f%d", i+1), i+1)
	}
	tree := repository(t, map[string]string{"a/a.go": source})
	for _, test := range []struct {
		set        func(*Budget)
		where, why string
	}{
		{func(b *Budget) { b.FuncMedian = 4 }, "a/a.go:47",
			"median of 10 is 5 lines, the limit is 4: name its steps; over it are ./a (5)"},
		{func(b *Budget) { b.FuncTenth = 8 }, "a/a.go:47", "the 90th percentile of 10 is 9 lines"},
		{func(b *Budget) { b.FileMedian = 55 }, "a/a.go:1", "files: the median of 1 is 56 lines"},
	} {
		budget := roomy
		test.set(&budget)
		wantOne(t, tree.CheckBudget(budget), test.where, test.why)
	}
	exact := roomy
	exact.FuncMedian, exact.FuncTenth, exact.FuncMax, exact.FileMedian = 5, 9, 10, 56
	wantNone(t, tree.CheckBudget(exact))
}

func TestAWideLineIsReportedInCharactersNotBytes(t *testing.T) {
	budget := roomy
	budget.Columns = 20
	tree := repository(t, map[string]string{
		"a/a.go": "package a\n\n// " + strings.Repeat("é", 17) + "\n// " + strings.Repeat("x", 18),
	})
	wantOne(t, tree.CheckBudget(budget), "a/a.go:4", "line of 21 characters, the limit is 20")
}

func TestTestFilesHaveABudgetOfTheirOwn(t *testing.T) {
	source := map[string]string{"a/a_test.go": "package a\n" + function("long", 100)}
	tree := repository(t, source)
	code, tests := Budgets[0], Budgets[1]
	wantNone(t, tree.CheckBudget(code))
	if found := text(tree.CheckBudget(tests)); !strings.Contains(found, "the median of 1 is 100") {
		t.Errorf("got %q", found)
	}
	if code.Tests || !tests.Tests {
		t.Error("the rows of Budgets have changed places")
	}
}

func TestASuiteAndAScenarioHaveTheBudgetOfTests(t *testing.T) {
	for _, folder := range []string{"drivers/drivertest", "internal/portable"} {
		tree := repository(t, map[string]string{
			folder + "/cases.go": "package cases\n" + function("long", 100),
		})
		wantNone(t, tree.CheckBudget(Budgets[0]))
		found := text(tree.CheckBudget(Budgets[1]))
		if !strings.Contains(found, "the median of 1 is 100") {
			t.Errorf("%s: got %q", folder, found)
		}
	}
	beside := repository(t, map[string]string{
		"drivers/drivertests.go": "package drivers\n" + function("long", 100),
	})
	if found := text(beside.CheckBudget(Budgets[0])); !strings.Contains(found, "the median of 1 is 100") {
		t.Errorf("beside the suite: got %q", found)
	}
}

func TestAnEmptyRepositoryIsWithinTheBudget(t *testing.T) {
	for _, budget := range Budgets {
		wantNone(t, repository(t, nil).CheckBudget(budget))
	}
}
