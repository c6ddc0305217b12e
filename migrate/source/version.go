package source

import (
	"cmp"
	"fmt"
	"strings"
)

// Version is the version of a migration in its canonical form: numbers without
// leading zeros, joined by dots, without zeros at the end. So 001 and 1 are the
// same version, and 1.0 as well. Numbers may have any width, timestamps included.
// A repeatable migration has the version "".
type Version string

// ParseVersion reads a version as file names have it: digits, with dots or
// underscores between parts.
func ParseVersion(text string) (Version, error) {
	parts := strings.Split(strings.ReplaceAll(text, "_", "."), ".")
	for i, p := range parts {
		if p == "" || strings.Trim(p, "0123456789") != "" {
			return "", fmt.Errorf("source: %q is not a version: it has to be a number, or numbers with dots "+
				"between them", text)
		}
		parts[i] = cmp.Or(strings.TrimLeft(p, "0"), "0")
	}
	for len(parts) > 1 && parts[len(parts)-1] == "0" {
		parts = parts[:len(parts)-1]
	}
	return Version(strings.Join(parts, ".")), nil
}

// Compare orders versions as numbers, part by part: 2 before 10, 1.2 before 1.10
// and 1 before 1.1. The result is negative, zero or positive.
func (v Version) Compare(w Version) int {
	a, b := strings.Split(string(v), "."), strings.Split(string(w), ".")
	for i := range min(len(a), len(b)) {
		if c := cmp.Or(len(a[i])-len(b[i]), strings.Compare(a[i], b[i])); c != 0 {
			return c
		}
	}
	return len(a) - len(b)
}
