package archtest

import (
	"slices"
	"strings"
)

// std matches every package of the standard library.
const std = "std"

// matches reports whether one of the patterns covers the package. Packages of this repository are
// written "./session"; others by import path; a trailing "/..." covers the folder and all below.
func matches(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		folder, below := strings.CutSuffix(pattern, "/...")
		if below {
			return pkg == folder || strings.HasPrefix(pkg, folder+"/")
		}
		return pkg == pattern || pattern == std && isStd(pkg)
	})
}

func isOwn(pkg string) bool { return pkg == "." || strings.HasPrefix(pkg, "./") }

// isStd relies on what the go command relies on: other module paths begin with a domain.
func isStd(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return !strings.Contains(first, ".")
}

// normal writes an import path as rules do.
func normal(module, importPath string) string {
	rest, own := strings.CutPrefix(importPath+"/", module+"/")
	if !own {
		return importPath
	}
	return local(strings.TrimSuffix(rest, "/"))
}

// local writes a folder, relative to the root, as rules do.
func local(dir string) string {
	if dir == "." || dir == "" {
		return "."
	}
	return "./" + dir
}
