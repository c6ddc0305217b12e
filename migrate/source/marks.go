package source

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// mark is what an annotation says.
type mark struct {
	kind markKind
	// outside: what it begins runs outside a transaction.
	outside bool
	// names are the variables it declares.
	names []string
}

type markKind uint8

const (
	noMark markKind = iota
	upMark
	downMark
	outsideMark  // all of the file runs outside a transaction
	repeatMark   // the file is repeatable
	declareMark  // it declares variables
	literalMark  // ${ and } are literal in this file
	blockMark    // begins a statement that is taken as it is
	blockEndMark // ends it
	envOnMark    // environment variables are replaced from here on
	envOffMark   // and no more
)

func noMarks(string) (mark, error) { return mark{}, nil }

// annotation returns what follows prefix in a line comment, spaces aside.
func annotation(line, prefix string) (string, bool) {
	comment, ok := strings.CutPrefix(strings.TrimSpace(line), "--")
	if !ok {
		return "", false
	}
	text, ok := strings.CutPrefix(strings.TrimLeft(comment, " \t"), prefix)
	return strings.TrimSpace(text), ok
}

// plainMarks are the annotations of this project, behind "-- sqlscope:".
var plainMarks = map[string]mark{
	"up":             {kind: upMark},
	"down":           {kind: downMark},
	"no transaction": {kind: outsideMark, outside: true},
	"repeatable":     {kind: repeatMark},
	"no variables":   {kind: literalMark},
	"statement":      {kind: blockMark},
	"end":            {kind: blockEndMark},
}

func plainMark(line string) (mark, error) {
	text, ok := annotation(line, "sqlscope:")
	if !ok {
		return mark{}, foreign(line)
	}
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	if m, ok := plainMarks[text]; ok {
		return m, nil
	}
	return declaration(line, text)
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// declaration reads "variables NAME, NAME".
func declaration(line, lower string) (mark, error) {
	if first, _, _ := strings.Cut(lower, " "); first != "variable" && first != "variables" {
		return mark{}, fmt.Errorf("%q is not an annotation; there are: up, down, no transaction, repeatable, "+
			"variables NAME …, no variables, statement, end", lower)
	}
	text, _ := annotation(line, "sqlscope:")
	names := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })[1:]
	return mark{kind: declareMark, names: names}, checkNames(names)
}

func checkNames(names []string) error {
	for _, name := range names {
		if !variableName.MatchString(name) {
			return fmt.Errorf("%q is not a variable's name: letters, digits and underscores", name)
		}
	}
	if len(names) == 0 {
		return errors.New("the names of the variables are missing, as in: -- sqlscope: variables SCHEMA, OWNER")
	}
	return nil
}

// foreign refuses the annotations of others, which a plain file would take for
// comments, and run the way back with the way there.
func foreign(line string) error {
	if f := formatOf(line); f != Detect {
		return fmt.Errorf("this is %s's annotation, and the directory is read as %s; name the format if that is wrong",
			f, Plain)
	}
	for prefix, tool := range unread {
		if _, ok := annotation(line, prefix); ok {
			return fmt.Errorf("this is an annotation of %s, whose files are not read; -- sqlscope: up and "+
				"-- sqlscope: down take its place", tool)
		}
	}
	return nil
}

// unread are the annotations of tools whose formats are not known here.
var unread = map[string]string{"+migrate": "sql-migrate", "+micrate": "micrate",
	"liquibase formatted sql": "Liquibase", "changeset ": "Liquibase"}

// plainEdge and gooseEdge tell the scanner where blocks are.
func plainEdge(comment string) sqlsplit.Edge { return edge(plainMark, comment) }
func gooseEdge(comment string) sqlsplit.Edge { return edge(gooseMark, comment) }

func edge(read func(string) (mark, error), comment string) sqlsplit.Edge {
	switch m, _ := read(comment); m.kind {
	case blockMark:
		return sqlsplit.BlockBegin
	case blockEndMark:
		return sqlsplit.BlockEnd
	}
	return sqlsplit.NoEdge
}

// softEdge: what goose needs to be told, the splitter sees. A block may hold several
// statements, and the session takes one at a time.
func softEdge(comment string) sqlsplit.Edge {
	if gooseEdge(comment) != sqlsplit.NoEdge {
		return sqlsplit.Break
	}
	return sqlsplit.NoEdge
}

var gooseMarks = map[string]mark{
	"up":             {kind: upMark},
	"down":           {kind: downMark},
	"statementbegin": {kind: blockMark},
	"statementend":   {kind: blockEndMark},
	"no transaction": {kind: outsideMark, outside: true},
	"envsub on":      {kind: envOnMark},
	"envsub off":     {kind: envOffMark},
}

// gooseMark is as strict as goose: what begins with +goose is an annotation.
func gooseMark(line string) (mark, error) {
	text, ok := annotation(line, "+goose")
	if !ok {
		return mark{}, nil
	}
	if m, ok := gooseMarks[strings.ToLower(text)]; ok {
		return m, nil
	}
	return mark{}, fmt.Errorf("%q is not one of goose's annotations: Up, Down, StatementBegin, StatementEnd, "+
		"NO TRANSACTION, ENVSUB ON, ENVSUB OFF", text)
}

// ternMark knows the two lines of tern.
func ternMark(line string) (mark, error) {
	switch strings.TrimRight(line, " \t\r\n") {
	case "---- create above / drop below ----":
		return mark{kind: downMark}, nil
	case "---- tern: disable-tx ----":
		return mark{kind: outsideMark, outside: true}, nil
	}
	return mark{}, nil
}

// dbmateMark reads "-- migrate:up transaction:false".
func dbmateMark(line string) (mark, error) {
	text, ok := annotation(line, "migrate:")
	if !ok || !strings.HasPrefix(line, "--") {
		return mark{}, nil
	}
	fields := append(strings.Fields(text), "")
	m, ok := dbmateMarks[fields[0]]
	if !ok {
		return mark{}, fmt.Errorf("%q is not one of dbmate's annotations: up, down", fields[0])
	}
	for _, option := range fields[1 : len(fields)-1] {
		if m.outside = option == "transaction:false"; !m.outside && option != "transaction:true" {
			return mark{}, fmt.Errorf("%q is not one of dbmate's options: transaction:true, transaction:false", option)
		}
	}
	return m, nil
}

var dbmateMarks = map[string]mark{"up": {kind: upMark}, "down": {kind: downMark}}
