package source

import (
	"regexp"
	"strings"
)

// named is what the name of a file says.
type named struct {
	kind      Kind
	version   string
	name      string
	direction direction
}

// direction is which way a file, or a part of one, goes.
type direction uint8

const (
	both direction = iota
	up
	down
)

var (
	plainFile  = regexp.MustCompile(`^[Vv]?(\d+(?:\.\d+)*)(?:[._-]+(.*?))??(?:\.(up|down))?\.sql$`)
	pairFile   = regexp.MustCompile(`^[Vv]?(\d+(?:\.\d+)*)(?:[._-]+(.*?))??\.(up|down)\.\w+$`)
	repeatFile = regexp.MustCompile(`^R_+(.+)\.sql$`)
	gooseFile  = regexp.MustCompile(`^(\d+)_(.*)\.sql$`)
	gooseCode  = regexp.MustCompile(`^(\d+)_(.*)\.go$`)
	ternFile   = regexp.MustCompile(`^(\d+)_(.+)\.sql$`)
	dbmateFile = regexp.MustCompile(`^(\d+)_?(.*)\.sql$`)
	flywayFile = regexp.MustCompile(`^([VUB])(\d+(?:[._]\d+)*?)(?:__(.*))?\.sql$`)
	flywayRepe = regexp.MustCompile(`^R__(.*)\.sql$`)
	callback   = regexp.MustCompile(`^(before|after)[A-Z]\w*?(__.*)?\.sql$`)
)

// plainName: 0001_name.sql holds both directions, 0001_name.up.sql one.
func plainName(file string) (named, bool) {
	if m := repeatFile.FindStringSubmatch(file); m != nil {
		return named{kind: Repeatable, name: m[1], direction: up}, true
	}
	return directed(plainFile, file)
}

func pairName(file string) (named, bool) { return directed(pairFile, file) }

var directions = map[string]direction{"": both, "up": up, "down": down}

func directed(pattern *regexp.Regexp, file string) (named, bool) {
	m := pattern.FindStringSubmatch(file)
	if m == nil {
		return named{}, false
	}
	return named{version: m[1], name: m[2], direction: directions[m[3]]}, true
}

func gooseName(file string) (named, bool)  { return single(gooseFile, file) }
func ternName(file string) (named, bool)   { return single(ternFile, file) }
func dbmateName(file string) (named, bool) { return single(dbmateFile, file) }

func single(pattern *regexp.Regexp, file string) (named, bool) {
	m := pattern.FindStringSubmatch(file)
	if m == nil {
		return named{}, false
	}
	return named{version: m[1], name: m[2]}, true
}

// flywayName: V1__name.sql goes up, U1__name.sql down, R__name.sql is repeatable
// and B1__name.sql a baseline. An underscore in a version is a dot.
func flywayName(file string) (named, bool) {
	if m := flywayRepe.FindStringSubmatch(file); m != nil {
		return named{kind: Repeatable, name: words(m[1]), direction: up}, true
	}
	m := flywayFile.FindStringSubmatch(file)
	if m == nil {
		return named{}, false
	}
	n := named{version: m[2], name: words(m[3]), direction: up}
	switch m[1] {
	case "U":
		n.direction = down
	case "B":
		n.kind = Baseline
	}
	return n, true
}

// words: Flyway shows underscores in a name as spaces.
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }
