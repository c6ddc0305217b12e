package drivertest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/session"
)

// shapeCases are about statements and results of unusual width and length.
func shapeCases() []Case {
	return []Case{
		{
			Name: "Text with accents and emoji fits a bounded column of every width",
			Rule: "A column of n characters takes n characters of any script and gives back " +
				"what it took: nothing is cut off, nothing is read beyond.",
			Run: boundedText,
		},
		roundTrip("Decimals keep 28 digits before the point and 10 after it", wideDecimal,
			"1234567890123456789012345678.0123456789", "-9999999999999999999999999999.9999999999",
			"0.0000000001", "-0.1000000000"),
		roundTrip("Times keep every digit of their fraction", timestamp, fractions()...),
		{
			Name: "NULL and values of every type take turns",
			Rule: "A value never shows through the NULL of the next row, nor NULL through a value.",
			Run:  nullsInTurn,
		},
		{
			Name: "An empty result has its columns",
			Rule: "Columns are known without a row.",
			Run:  emptyColumns,
		},
		{
			Name: "A result of many columns arrives whole",
			Rule: "Each column is in its place, however many there are.",
			Run:  manyColumns,
		},
		{
			Name: "A long statement arrives whole",
			Rule: "A text of 300,000 characters is executed as it is.",
			Run:  longStatement,
		},
		{
			Name: "As many arguments as the database takes arrive",
			Rule: "A statement with Capabilities.MaxArgs arguments works.",
			Needs: func(c *drivers.Capabilities) bool {
				return c.MaxArgs > 0
			},
			Run: allArguments,
		},
	}
}

func wideDecimal(s *Spelling) string { return s.WideDecimal }

// fractions are times whose fraction has one digit, two, … six.
func fractions() (at []time.Time) {
	for digit := 100 * time.Millisecond; digit >= time.Microsecond; digit /= 10 {
		at = append(at, time.Date(2024, 3, 31, 1, 59, 59, int(digit), time.UTC),
			time.Date(2024, 10, 27, 1, 30, 0, int(7*digit), time.FixedZone("", 5*3600+45*60)))
	}
	return at
}

// widest is the widest bounded column that is tried.
const widest = 24

func boundedText(t *T) {
	columns, names := []string{"id " + t.Spell.Key}, []string{"id"}
	for n := 1; n <= widest; n++ {
		columns = append(columns, fmt.Sprintf("v%d %s", n, t.Spell.Varchar(n)), fmt.Sprintf("c%d %s", n, t.Spell.Char(n)))
		names = append(names, fmt.Sprint("v", n), fmt.Sprint("c", n))
	}
	table := t.Table("bounded", columns...)
	insert := "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") VALUES (?" +
		strings.Repeat(", ?", 2*widest) + ")"
	s := t.Session()
	units := []string{"x", "é", "ß", "日", "🙂", "é🙂"}
	for id, unit := range units {
		_, err := s.Exec(t.Context(), insert, boundedRow(id, unit)...)
		t.NoErr(fmt.Sprintf("INSERT of %q", unit), err)
	}
	t.NoErr("Commit", s.Commit(t.Context()))
	rows, err := s.Query(t.Context(), "SELECT "+strings.Join(names[1:], ", ")+" FROM "+table+" ORDER BY id")
	t.NoErr("SELECT", err)
	defer rows.Close()
	for id, unit := range units {
		Equal(t, "Next", rows.Next(), true)
		got, dest := make([]string, 2*widest), make([]any, 2*widest)
		for i := range got {
			dest[i] = &got[i]
		}
		t.NoErr("Scan", rows.Scan(dest...))
		for i, want := range boundedRow(id, unit)[1:] {
			if any(got[i]) != want {
				t.Errorf("column %s: wrote %q, read %q", names[i+1], want, got[i])
			}
		}
	}
}

// boundedRow fills each column with as many characters as it has room for.
func boundedRow(id int, unit string) []any {
	row := []any{id}
	runes := []rune(strings.Repeat(unit, widest))
	for n := 1; n <= widest; n++ {
		row = append(row, string(runes[:n]), string(runes[:n]))
	}
	return row
}

func nullsInTurn(t *T) {
	type value struct {
		I *int64
		F *float64
		S *string
		B []byte
		D *string
		T *time.Time
		O *bool
	}
	types := []column{integer, float, text, blob, decimal, timestamp, boolean}
	names := []string{"i", "f", "s", "b", "d", "t", "o"}
	columns := []string{"id " + t.Spell.Key}
	for i, name := range names {
		columns = append(columns, name+" "+types[i](&t.Spell))
	}
	at := time.Date(2024, 7, 1, 12, 0, 0, 5000, time.UTC)
	values := []any{int64(7), 1.5, "text", []byte{1, 0}, "0.250000", at, true}
	table := t.Table("turns", columns...)
	s := t.Session()
	insert := "INSERT INTO " + table + " (id, " + strings.Join(names, ", ") + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
	for id := range 6 { // each type is NULL in every other row, and all of them once
		row := []any{id}
		for i, v := range values {
			if id == 0 || (id+i)%2 == 0 {
				v = nil
			}
			row = append(row, v)
		}
		_, err := s.Exec(t.Context(), insert, row...)
		t.NoErr("INSERT", err)
	}
	got, err := session.Collect[value](t.Context(), s, "SELECT "+strings.Join(names, ", ")+" FROM "+table+" ORDER BY id")
	t.NoErr("SELECT", err)
	for id, g := range got {
		is := []bool{g.I != nil && *g.I == 7, g.F != nil && *g.F == 1.5, g.S != nil && *g.S == "text",
			slices.Equal(g.B, []byte{1, 0}), g.D != nil && *g.D == "0.250000", g.T != nil && g.T.Equal(at),
			g.O != nil && *g.O}
		null := []bool{g.I == nil, g.F == nil, g.S == nil, g.B == nil, g.D == nil, g.T == nil, g.O == nil}
		for i, name := range names {
			wantNull := id == 0 || (id+i)%2 == 0
			if is[i] == wantNull || null[i] != wantNull {
				t.Errorf("row %d, column %s: NULL is %v, want %v; the value is right: %v", id, name, null[i], wantNull, is[i])
			}
		}
	}
}

func emptyColumns(t *T) {
	table := t.Items()
	s := t.Session()
	rows, err := s.Query(t.Context(), "SELECT name, id FROM "+table+" WHERE id = 7")
	t.NoErr("SELECT", err)
	Equal(t, "columns", strings.ToLower(fmt.Sprint(rows.Columns())), "[name id]")
	Equal(t, "Next", rows.Next(), false)
	t.NoErr("Close", rows.Close())
	t.NoErr("Commit", s.Commit(t.Context()))
}

func manyColumns(t *T) {
	const n = 300
	table := t.Items()
	t.Fill(table, 1)
	var items []string
	for i := range n {
		items = append(items, fmt.Sprintf("n + %d", i))
	}
	rows, err := t.Session().Query(t.Context(), "SELECT "+strings.Join(items, ", ")+", name FROM "+table)
	t.NoErr("SELECT", err)
	defer rows.Close()
	Equal(t, "number of columns", len(rows.Columns()), n+1)
	Equal(t, "Next", rows.Next(), true)
	got, dest, name := make([]int64, n), make([]any, 0, n+1), ""
	for i := range got {
		dest = append(dest, &got[i])
	}
	t.NoErr("Scan", rows.Scan(append(dest, &name)...))
	for i := range got {
		Equal(t, fmt.Sprint("column ", i), got[i], int64(10+i))
	}
	Equal(t, "the last column", name, "item 1")
}

func longStatement(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	long := strings.Repeat("abcdefghij", 30_000)
	s := t.Session()
	n, err := session.One[int64](t.Context(), s, "SELECT n FROM "+table+
		" WHERE name = '"+long+"' OR id = ?", 1)
	t.NoErr("SELECT", err)
	Equal(t, "n", n, 10)
	_, err = s.Exec(t.Context(), "DELETE FROM "+table+" WHERE name <> '"+long+"'")
	t.NoErr("DELETE", err)
	Equal(t, "rows", len(t.IDs(s, table)), 0)
}

func allArguments(t *T) {
	table := t.Items()
	t.Fill(table, 1, 2, 3)
	args := make([]any, t.Caps.MaxArgs)
	for i := range args {
		args[i] = -i
	}
	args[0], args[len(args)-1] = 3, 1
	ids, err := session.Collect[int](t.Context(), t.Session(), "SELECT id FROM "+table+
		" WHERE id IN (?"+strings.Repeat(", ?", len(args)-1)+") ORDER BY id", args...)
	t.NoErr("SELECT", err)
	Equal(t, "ids", fmt.Sprint(ids), "[1 3]")
}
