package drivertest

import (
	"bytes"
	"database/sql"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// typeCases has a case for each type, made of values that go in and must come
// out as they were.
func typeCases() []Case {
	return []Case{
		roundTrip("Integers keep their value to the limits", integer,
			int64(0), int64(-1), int64(math.MaxInt64), int64(math.MinInt64), int64(1)<<53+1),
		roundTrip("Floats keep their value", float,
			0.0, -1.5, math.Pi, math.MaxFloat64, math.SmallestNonzeroFloat64*1e20, 1e-300),
		roundTrip("Text keeps every character", text, "", " ", "plain", "éééééé", "naïve Straße",
			"日本語", "🙂👩‍👩‍👧", `it's "quoted" \ and ?`, "line\nbreak\ttab",
			strings.Repeat("é🙂", 3000)),
		roundTrip("Bytes keep every value and a megabyte", blob, []byte{0}, []byte{0, 1, 255, 0},
			[]byte("text"), bytes.Repeat([]byte{0, 255, 'x', '\''}, 1<<18)),
		roundTrip("Decimals keep their digits", decimal,
			"0.000001", "-12345678901234.123456", "99999999999999.999999", "0.100000"),
		roundTrip("Booleans keep their value", boolean, true, false),
		roundTrip("Times keep the instant to the microsecond", timestamp,
			time.Date(2024, 2, 29, 23, 59, 59, 123456000, time.UTC),
			time.Date(2024, 7, 1, 12, 0, 0, 0, time.FixedZone("", 3*3600)),
			time.Date(1970, 1, 1, 0, 0, 1, 1000, time.UTC),
			time.Date(1999, 12, 31, 23, 59, 59, 999999000, time.FixedZone("", -9*3600-1800))),
	}
}

// valueCases are about what is not a round trip.
var valueCases = []Case{
	{
		Name: "NULL goes into a pointer and a sql.Null",
		Rule: "A NULL column gives a nil pointer or an invalid sql.Null; a value the opposite.",
		Run:  nullFits,
	},
	{
		Name: "NULL into a plain integer is an error that names the column",
		Rule: "A NULL never becomes a zero in silence.",
		Run:  nullMisfits,
	},
	{
		Name: "An empty text is not NULL",
		Rule: "Empty text and empty bytes are values; NULL is none.",
		Run:  emptyIsNotNull,
	},
	{
		Name: "A value that does not fit is an error and not cut off",
		Rule: "An integer too large for its destination is an error that names the column.",
		Run:  overflow,
	},
	{
		Name: "Arguments of the usual Go types are understood",
		Rule: "Integers of every size, named types, pointers and driver.Valuer work as arguments.",
		Run:  argumentTypes,
	},
}

// A column tells the type of the column of a case.
type column func(*Spelling) string

func integer(s *Spelling) string   { return s.Integer }
func float(s *Spelling) string     { return s.Float }
func text(s *Spelling) string      { return s.Text }
func blob(s *Spelling) string      { return s.Blob }
func decimal(s *Spelling) string   { return s.Decimal }
func boolean(s *Spelling) string   { return s.Boolean }
func timestamp(s *Spelling) string { return s.Timestamp }

// roundTrip is a case that writes values and reads them as they were.
func roundTrip[V any](name string, col column, values ...V) Case {
	return Case{
		Name: name,
		Rule: "What is written comes back equal, as an argument and in a row.",
		Run: func(t *T) {
			table := t.Table("vals", "id "+t.Spell.Key, "v "+col(&t.Spell))
			s := t.Session()
			for i, v := range values {
				_, err := s.Exec(t.Context(), "INSERT INTO "+table+" (id, v) VALUES (?, ?)", i, v)
				t.NoErr("INSERT of "+short(v), err)
			}
			t.NoErr("Commit", s.Commit(t.Context()))
			got, err := session.Collect[V](t.Context(), s, "SELECT v FROM "+table+" ORDER BY id")
			t.NoErr("SELECT", err)
			Equal(t, "number of values", len(got), len(values))
			for i, v := range values {
				if !same(any(got[i]), any(v)) {
					t.Errorf("wrote %s, read %s", short(v), short(got[i]))
				}
			}
		},
	}
}

func same(got, want any) bool {
	if w, ok := want.(time.Time); ok {
		g, ok := got.(time.Time)
		return ok && g.Equal(w)
	}
	if w, ok := want.([]byte); ok {
		g, ok := got.([]byte)
		return ok && bytes.Equal(g, w)
	}
	return got == want
}

func short(v any) string {
	if b, ok := v.([]byte); ok && len(b) > 20 {
		return fmt.Sprintf("%x… (%d bytes)", b[:20], len(b))
	}
	if p, ok := v.(*string); ok && p != nil {
		v = *p
	}
	s := fmt.Sprintf("%#v", v)
	if len(s) > 80 {
		return fmt.Sprintf("%.80s… (%d bytes)", s, len(s))
	}
	return s
}

// nulls makes a table with a row of NULLs and a row of values.
func (t *T) nulls() string {
	t.Helper()
	table := t.Items()
	s := t.Session()
	_, err := s.Exec(t.Context(), "INSERT INTO "+table+" (id, n, name) VALUES (1, ?, ?), (2, ?, ?)",
		nil, nil, 20, "two")
	t.NoErr("INSERT", err)
	t.NoErr("Commit", s.Commit(t.Context()))
	return table
}

func nullFits(t *T) {
	type row struct {
		N    *int64
		Name sql.Null[string]
	}
	rows, err := session.Collect[row](t.Context(), t.Session(),
		"SELECT n, name FROM "+t.nulls()+" ORDER BY id")
	t.NoErr("SELECT", err)
	Equal(t, "rows", len(rows), 2)
	Equal(t, "the pointer to NULL is nil", rows[0].N == nil, true)
	Equal(t, "the sql.Null of NULL", rows[0].Name, sql.Null[string]{})
	Equal(t, "the pointer to 20 is nil", rows[1].N == nil, false)
	Equal(t, "the pointer's value", *rows[1].N, 20)
	Equal(t, "the sql.Null of a text", rows[1].Name, sql.Null[string]{V: "two", Valid: true})
}

func nullMisfits(t *T) {
	table := t.nulls()
	s := t.Session()
	rows, err := s.Query(t.Context(), "SELECT id, n FROM "+table+" WHERE id = 1")
	t.NoErr("SELECT", err)
	defer rows.Close()
	Equal(t, "Next", rows.Next(), true)
	var id, n int64
	err = rows.Scan(&id, &n)
	t.ErrIs("Scan", err, session.ErrScan)
	if !strings.Contains(strings.ToLower(err.Error()), "column n") &&
		!strings.Contains(strings.ToLower(err.Error()), `"n"`) {
		t.Fatalf("the error does not name the column n: %v", err)
	}
}

func emptyIsNotNull(t *T) {
	table := t.Table("empties", "id "+t.Spell.Key, "s "+t.Spell.Text, "b "+t.Spell.Blob)
	s := t.Session()
	_, err := s.Exec(t.Context(), "INSERT INTO "+table+" (id, s, b) VALUES (1, ?, ?), (2, ?, ?)",
		"", []byte{}, nil, nil)
	t.NoErr("INSERT", err)
	type row struct {
		S *string
		B []byte
	}
	rows, err := session.Collect[row](t.Context(), s, "SELECT s, b FROM "+table+" ORDER BY id")
	t.NoErr("SELECT", err)
	Equal(t, "the empty text is NULL", rows[0].S == nil, false)
	Equal(t, "the empty bytes are NULL", rows[0].B == nil, false)
	Equal(t, "the NULL text is NULL", rows[1].S == nil, true)
	Equal(t, "the NULL bytes are NULL", rows[1].B == nil, true)
}

func overflow(t *T) {
	table := t.Items()
	s := t.Session()
	_, err := s.Exec(t.Context(), "INSERT INTO "+table+" (id, n) VALUES (1, 300)")
	t.NoErr("INSERT", err)
	_, err = session.One[int8](t.Context(), s, "SELECT n FROM "+table)
	t.ErrIs("300 into an int8", err, session.ErrScan)
	n, err := session.One[int16](t.Context(), s, "SELECT n FROM "+table)
	t.NoErr("300 into an int16", err)
	Equal(t, "n", n, 300)
}

func argumentTypes(t *T) {
	type number int
	type label string
	seven := int32(7)
	table := t.Items()
	s := t.Session()
	args := []any{int8(7), int16(7), int32(7), int64(7), 7, uint8(7), uint32(7), uint(7),
		number(7), &seven, sql.Null[int64]{V: 7, Valid: true}}
	for id, arg := range args {
		_, err := s.Exec(t.Context(), "INSERT INTO "+table+" (id, n, name) VALUES (?, ?, ?)",
			id, arg, label("x"))
		t.NoErr(fmt.Sprintf("an argument of type %T", arg), err)
	}
	same, err := session.One[int](t.Context(), s,
		"SELECT count(*) FROM "+table+" WHERE n = 7 AND name = ?", label("x"))
	t.NoErr("SELECT", err)
	Equal(t, "rows that hold 7", same, len(args))
	_, err = s.Exec(t.Context(), "UPDATE "+table+" SET n = ?", sql.Null[int64]{})
	t.NoErr("UPDATE with an invalid sql.Null", err)
	n, err := session.One[*int64](t.Context(), s, "SELECT n FROM "+table+" WHERE id = 0")
	t.NoErr("SELECT", err)
	Equal(t, "n is NULL", n == nil, true)
}
