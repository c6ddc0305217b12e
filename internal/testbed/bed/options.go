package bed

import (
	"fmt"
	"slices"
	"strings"
)

// Options say what a run wants.
type Options struct {
	// Require names the databases without which the run fails.
	Require []string
	// Force is the only path to take; empty means the first that works.
	Force Path
	// Getenv reads the environment.
	Getenv func(string) string
	// Say prints a line for the user.
	Say func(string)
}

// NewOptions reads SQLSCOPE_TESTBED and SQLSCOPE_REQUIRE. The databases of the
// flag are required in addition to those of the environment.
func NewOptions(require string, getenv func(string) string, say func(string)) (Options, error) {
	force := Path(getenv("SQLSCOPE_TESTBED"))
	if force != "" && !slices.Contains(paths, force) {
		return Options{}, fmt.Errorf("SQLSCOPE_TESTBED=%s: use container, local or dsn, or leave it unset", force)
	}
	return Options{
		Require: names(require + "," + getenv("SQLSCOPE_REQUIRE")),
		Force:   force,
		Getenv:  getenv,
		Say:     say,
	}, nil
}

// requires reports whether the run fails without the database.
func (o Options) requires(database string) bool {
	return slices.Contains(o.Require, database)
}

// names splits a list at commas and spaces, sorted and without doubles.
func names(list string) []string {
	fields := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	slices.Sort(fields)
	return slices.Compact(fields)
}
