package captable

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
)

const begin, end = "<!-- capabilities: begin -->\n", "<!-- capabilities: end -->\n"

// table is the Markdown table between the marks of a file: a row of names, and
// below it one row for each of rows.
type table struct {
	file, before, after string
	names               []string
	cells               [][]string // by row, as names
}

// Check compares a driver's column of the table in file with what the driver
// declares. With update it writes the column instead, a new one at the right.
func Check(t testing.TB, file, name string, d *drivers.Description, update bool) {
	t.Helper()
	tab := read(t, file)
	at := slices.Index(tab.names, name)
	if update {
		tab.set(at, name, &d.Capabilities)
		if err := os.WriteFile(file, []byte(tab.before+begin+tab.String()+end+tab.after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if at < 0 {
		t.Fatalf("%s: the table of capabilities has no column %q; it has %q", file, name, tab.names)
	}
	for i, r := range rows {
		if got, want := tab.cells[i][at], r.cell(&d.Capabilities); got != want {
			t.Errorf("%s: %s, %s: it says %q and the driver declares %q; run this test with -update",
				file, name, r.label, got, want)
		}
	}
}

// Names are the names of the columns.
func Names(t testing.TB, file string) []string { return read(t, file).names }

func read(t testing.TB, file string) *table {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tab, err := parse(string(data))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	tab.file = file
	return tab
}

func parse(text string) (*table, error) {
	tab := &table{cells: make([][]string, len(rows))}
	before, rest, ok := strings.Cut(text, begin)
	body, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return nil, fmt.Errorf("no table between %q and %q", begin, end)
	}
	tab.before, tab.after = before, after
	lines := strings.Split(strings.TrimSpace(body), "\n")
	if body == "" {
		return tab, nil // for -update to fill
	}
	tab.names = split(lines[0])[1:]
	if len(lines) != len(rows)+2 {
		return nil, fmt.Errorf("the table has %d rows of capabilities, want %d", len(lines)-2, len(rows))
	}
	for i, line := range lines[2:] {
		cells := split(line)
		if cells[0] != rows[i].label || len(cells) != len(tab.names)+1 {
			return nil, fmt.Errorf("row %d of the table is %q, want %d cells and the first %q",
				i+1, line, len(tab.names)+1, rows[i].label)
		}
		tab.cells[i] = cells[1:]
	}
	return tab, nil
}

func split(line string) []string {
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(cell)
	}
	return cells
}

// set fills the column at, or a new one.
func (tab *table) set(at int, name string, c *drivers.Capabilities) {
	if at < 0 {
		at = len(tab.names)
		tab.names = append(tab.names, name)
	}
	for i, r := range rows {
		if len(tab.cells[i]) == at {
			tab.cells[i] = append(tab.cells[i], "")
		}
		tab.cells[i][at] = r.cell(c)
	}
}

// String is the table in Markdown.
func (tab *table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| | %s |\n|%s\n", strings.Join(tab.names, " | "), strings.Repeat(" --- |", len(tab.names)+1))
	for i, r := range rows {
		fmt.Fprintf(&b, "| %s | %s |\n", r.label, strings.Join(tab.cells[i], " | "))
	}
	return b.String()
}
