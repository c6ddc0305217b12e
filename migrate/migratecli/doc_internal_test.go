package migratecli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/migrate"
)

const docFile = "../../docs/cli.md"

// shapes are what each command shows as its data.
var shapes = map[string]any{
	"migrate up": &migrate.Result{}, "migrate down": &migrate.Result{}, "migrate redo": &migrate.Result{},
	"migrate goto": &migrate.Result{}, "migrate status": &migrate.Status{}, "migrate plan": &planData{},
	"migrate history": &recordsData{}, "migrate baseline": &recordsData{}, "migrate import": &recordsData{},
	"migrate accept": &recordsData{}, "migrate new": &newData{}, "migrate lint": &lintData{},
	"migrate verify": &verifyData{}, "migrate resolve": nil, "migrate unlock": &unlockData{},
	"ping": &pingData{}, "doctor": &doctorData{}, "version": &versionData{},
}

// TestTheDocumentationIsThatOfTheCode compares the parts of docs/cli.md that stand
// between marks with what the code says. With SQLSCOPE_UPDATE=1 it writes them.
func TestTheDocumentationIsThatOfTheCode(t *testing.T) {
	text, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	doc := string(text)
	for name, part := range map[string]string{"exit codes": docCodes(), "commands": docCommands(),
		"flags": docFlags(), "document": docShape(&document{}), "data": docData()} {
		before, rest, ok := strings.Cut(doc, "<!-- from the code: "+name+" -->\n")
		_, after, end := strings.Cut(rest, "<!-- end -->\n")
		if !ok || !end {
			t.Errorf("%s has no part %q", docFile, name)
			continue
		}
		doc = before + "<!-- from the code: " + name + " -->\n" + part + "<!-- end -->\n" + after
	}
	if os.Getenv("SQLSCOPE_UPDATE") != "" {
		if err := os.WriteFile(docFile, []byte(doc), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if doc != string(text) {
		t.Errorf("%s is not what the code says; SQLSCOPE_UPDATE=1 go test ./migrate/migratecli writes it anew", docFile)
	}
}

func TestEveryCommandIsInTheDocumentation(t *testing.T) {
	text, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, cmd := range leaves(docCall().tree()) {
		names = append(names, nameOf(cmd))
		if !strings.Contains(string(text), "sqlscope "+nameOf(cmd)) {
			t.Errorf("%s has no example of %q", docFile, nameOf(cmd))
		}
	}
	for name := range shapes {
		if !slices.Contains(names, name) {
			t.Errorf("there is no command %q", name)
		}
	}
	if len(names) != len(shapes) {
		t.Errorf("there are %d commands and %d shapes", len(names), len(shapes))
	}
}

func docCall() *call {
	return newCall(App{Name: "sqlscope"}, Stdio{Getenv: func(string) string { return "" }}, nil)
}

// leaves are the commands that do something, with their parents known.
func leaves(root *cli.Command) (all []*cli.Command) {
	_ = root.Run(context.Background(), []string{"sqlscope", "--help"})
	_ = root.Walk(func(cmd *cli.Command) error {
		if len(cmd.Commands) == 0 && cmd.Name != "completion" && cmd.Name != "help" &&
			!strings.Contains(cmd.FullName(), " completion") {
			all = append(all, cmd)
		}
		return nil
	})
	return all
}

func docCodes() string {
	var b strings.Builder
	b.WriteString("| code | `outcome` | meaning |\n| --- | --- | --- |\n")
	for _, c := range codes {
		fmt.Fprintf(&b, "| %d | `%s` | %s |\n", c.code, c.name, c.meaning)
	}
	return b.String()
}

func docCommands() string {
	var b strings.Builder
	b.WriteString("| command | what it does |\n| --- | --- |\n")
	for _, cmd := range leaves(docCall().tree()) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.TrimSpace(nameOf(cmd)+" "+cmd.ArgsUsage), cmd.Usage)
	}
	return b.String()
}

func docFlags() string {
	root := docCall().tree()
	b := &strings.Builder{}
	docFlagTable(b, "all commands", root.Flags)
	docFlagTable(b, "all commands of `migrate`", root.Command("migrate").Flags)
	for _, cmd := range leaves(root) {
		docFlagTable(b, "`"+nameOf(cmd)+"`", cmd.Flags)
	}
	return b.String()
}

func docFlagTable(b *strings.Builder, of string, flags []cli.Flag) {
	if len(flags) == 0 {
		return
	}
	if b.Len() == 0 {
		b.WriteString("| flags of | flag | meaning |\n| --- | --- | --- |\n")
	}
	for _, line := range flagLines(flags) {
		fmt.Fprintf(b, "| %s | `%s` | %s |\n", of, line.name, line.meaning)
		of = ""
	}
}

func docData() string {
	var b strings.Builder
	byShape := map[string][]string{}
	var order []string
	for _, cmd := range leaves(docCall().tree()) {
		name := nameOf(cmd)
		shape := "(none)\n"
		if shapes[name] != nil {
			shape = docShape(shapes[name])
		}
		if byShape[shape] == nil {
			order = append(order, shape)
		}
		byShape[shape] = append(byShape[shape], "`"+name+"`")
	}
	for _, shape := range order {
		if shape != "(none)\n" {
			fmt.Fprintf(&b, "%s:\n\n%s\n", strings.Join(byShape[shape], ", "), shape)
		}
	}
	return b.String()
}

// docShape lists the fields of a JSON object.
func docShape(v any) string {
	var b strings.Builder
	b.WriteString("```\n")
	docFields(&b, reflect.TypeOf(v).Elem(), "")
	b.WriteString("```\n")
	return b.String()
}

func docFields(b *strings.Builder, t reflect.Type, indent string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous:
			docFields(b, f.Type, indent)
			continue
		case name == "-" || name == "" && !f.IsExported():
			continue
		}
		kind, inner := docType(f.Type)
		if strings.HasPrefix(options, "omit") {
			kind += ", may be missing"
		}
		fmt.Fprintf(b, "%-24s %s\n", indent+name, kind)
		if inner != nil {
			docFields(b, inner, indent+"  ")
		}
	}
}

// docType is a type in words, and what is inside it.
func docType(t reflect.Type) (string, reflect.Type) {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "nanoseconds", nil
	case t == reflect.TypeFor[time.Time]():
		return "time", nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return docType(t.Elem())
	case reflect.Slice:
		kind, inner := docType(t.Elem())
		return "list of " + kind + "s", inner
	case reflect.Struct:
		return "object", t
	case reflect.Bool:
		return "true or false", nil
	case reflect.String:
		return "text", nil
	case reflect.Map:
		return "object of texts", nil
	case reflect.Interface:
		return "object, by command", nil
	}
	return "number", nil
}

// TestEveryCommandShowsTheDataThatIsDocumented runs each command on a database that
// it can work on.
func TestEveryCommandShowsTheDataThatIsDocumented(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"1_a.sql": "SELECT 1;\n-- sqlscope: down\nSELECT 2;\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	arguments := map[string]string{"migrate goto": " 1", "migrate baseline": " 1", "migrate new": " x",
		"migrate resolve": " 1 --done"}
	for name, shape := range shapes {
		c := newCall(App{Name: "sqlscope", Drivers: []drivers.Driver{sqlite.Driver}}, Stdio{Out: io.Discard,
			Err: io.Discard, Getenv: func(string) string { return "" }}, nil)
		args := strings.Fields("sqlscope " + name + arguments[name])
		if name != "version" && name != "doctor" && name != "ping" {
			args = append(args, "--dir", dir)
		}
		c.run(t.Context(), append(args, "--database", "sqlite:///"+filepath.Join(t.TempDir(), "x.db")))
		if c.code == BadUsage || reflect.TypeOf(c.data) != reflect.TypeOf(shape) {
			t.Errorf("%s: code %d, data %T, documented as %T", name, c.code, c.data, shape)
		}
	}
}
