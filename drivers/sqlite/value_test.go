package sqlite_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

func TestValuesComeBackAsTheyWere(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	same(c, int64(math.MinInt64))
	same(c, int64(math.MaxInt64))
	same(c, int32(-7))
	same(c, uint8(255))
	same(c, 0.1)
	same(c, math.Inf(1))
	same(c, true)
	same(c, "")
	same(c, "täxt with \x00 inside")
	same(c, (*string)(nil))
	same(c, sql.Null[int]{V: 5, Valid: true})
	same(c, sql.Null[int]{})
}

func same[T comparable](c *client, want T) {
	c.t.Helper()
	if got := one[T](c, "SELECT ?", want); any(got) != any(want) {
		c.t.Errorf("%#v came back as %#v", want, got)
	}
}

func TestAnEmptyBlobIsNotNull(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	if kind := one[string](c, "SELECT typeof(?)", []byte{}); kind != "blob" {
		t.Errorf("stored as %s", kind)
	}
	if b := one[[]byte](c, "SELECT x''"); b == nil {
		t.Error("read as NULL")
	}
	if b := one[[]byte](c, "SELECT NULL"); b != nil {
		t.Errorf("NULL read as %v", b)
	}
}

func TestABlobOfFiftyMegabytesPasses(t *testing.T) {
	c := writer(t, openPool(t, fileURL(t), 1))
	want := bytes.Repeat([]byte("0123456789"), 5_000_000)
	c.run(exec("CREATE TABLE t (b)"))
	c.run(begin, exec("INSERT INTO t VALUES (?)", want), commit)
	if got := one[[]byte](c, "SELECT b FROM t"); !bytes.Equal(got, want) {
		t.Errorf("%d bytes came back", len(got))
	}
}

func TestARowsBlobsAreNotShared(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	rows, err := c.query(t.Context(), "SELECT x'616263'")
	if err != nil || !rows.Next() {
		t.Fatal("no row", err)
	}
	defer rows.Close()
	var first, second []byte
	if err := errors.Join(rows.Scan(&first), rows.Scan(&second)); err != nil {
		t.Fatal(err)
	}
	values, _ := rows.Values()
	first[0], second[0] = 'x', 'y'
	if got := string(values[0].([]byte)); got != "abc" || string(first) != "xbc" {
		t.Errorf("got %s and %s", got, first)
	}
}

func TestTimesAreStoredAsSQLiteSpellsThem(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	at := time.Date(2024, 2, 29, 13, 0, 0, 123456789, time.FixedZone("", 3600))
	const want = "2024-02-29 12:00:00.123456789"
	c.run(exec("CREATE TABLE t (declared DATETIME, text TEXT, none)"))
	c.run(exec("INSERT INTO t VALUES (?, ?, ?)", at, &at, sql.NullTime{Time: at, Valid: true}))
	for _, column := range []string{"declared", "text", "none", "max(declared)"} {
		got := one[time.Time](c, "SELECT "+column+" FROM t")
		if !got.Equal(at) || got.Location() != time.UTC {
			t.Errorf("%s: got %v", column, got)
		}
		if got := one[string](c, "SELECT "+column+" FROM t"); got != want {
			t.Errorf("%s as text: got %v, want %v", column, got, want)
		}
	}
	got := one[string](c, "SELECT datetime(declared, '+1 day') FROM t")
	if got != "2024-03-01 12:00:00" {
		t.Errorf("SQLite makes %s of it", got)
	}
	if got := one[*time.Time](c, "SELECT declared FROM t WHERE declared = ?", at); !got.Equal(at) {
		t.Errorf("found %v", got)
	}
	now := time.Now() // has a monotonic reading
	if got := one[string](c, "SELECT ?", now); strings.Contains(got, "m=") {
		t.Errorf("stored %s", got)
	}
}

func TestDatesComeBackAsTheyAreStored(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	c.run(exec("CREATE TABLE t (d DATE, b BOOLEAN, ts TIMESTAMP DEFAULT CURRENT_TIMESTAMP)"))
	c.run(exec("INSERT INTO t (d, b) VALUES ('2024-02-29', TRUE)"))
	if got := one[string](c, "SELECT d FROM t"); got != "2024-02-29" {
		t.Errorf("got %s", got)
	}
	day := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	if got := one[time.Time](c, "SELECT d FROM t"); got != day {
		t.Errorf("got %v", got)
	}
	if !one[bool](c, "SELECT b FROM t") {
		t.Error("got false")
	}
	if got := one[time.Time](c, "SELECT ts FROM t"); time.Since(got).Abs() > time.Hour {
		t.Errorf("got %v", got)
	}
}

func TestATimeBeyondTheFormatIsRefused(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	late := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	f, err := c.try(t.Context(), begin, exec("SELECT ?, ?", 1, late))
	var bad *stdvalue.ArgumentError
	if !errors.As(err, &bad) || bad.Number != 2 || f.Sent != 0 {
		t.Errorf("got %v with %d sent", err, f.Sent)
	}
	c.state(0)
}

func TestManyColumnsAndManyArgumentsPass(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	for _, n := range []int{1, 8, 9, 2000} {
		sql := "SELECT ?" + strings.Repeat(", ?", n-1)
		args, dest := make([]any, n), make([]any, n)
		got := make([]int, n)
		for i := range args {
			args[i], dest[i] = i, &got[i]
		}
		rows, err := c.query(t.Context(), sql, args...)
		if err != nil || !rows.Next() || len(rows.Columns()) != n {
			t.Fatal(n, err)
		}
		if err := errors.Join(rows.Scan(dest...), rows.Close()); err != nil || got[n-1] != n-1 {
			t.Fatal(err, got[n-1])
		}
	}
	max := c.pool.Describe().Capabilities.MaxArgs
	sql := "SELECT max(column1) FROM (VALUES (?)" + strings.Repeat(", (?)", max-1) + ")"
	args := make([]any, max)
	for i := range args {
		args[i] = i
	}
	if got := one[int](c, sql, args...); got != max-1 {
		t.Errorf("got %d", got)
	}
}

func TestAScanErrorNamesTheColumn(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	rows, err := c.query(t.Context(), "SELECT 1 AS a, NULL AS b")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var a, b int
	if err := rows.Scan(&a, &b); err == nil {
		t.Error("scanned before Next")
	}
	if !rows.Next() {
		t.Fatal("no row")
	}
	err = rows.Scan(&a, &b)
	const want = `column 2 ("b"): cannot scan NULL into int`
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := rows.Scan(&a); err == nil || !strings.Contains(err.Error(), "2 columns") {
		t.Errorf("got %v", err)
	}
	if rows.Next() || rows.Close() != nil || rows.Close() != nil || rows.Scan(&a, &b) == nil {
		t.Error("wrong after the last row")
	}
}

func TestResultsTellWhatThisStatementDid(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	c.run(exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE)"))
	for _, step := range []struct {
		sql          string
		rows, lastID int64
	}{
		{"INSERT INTO t (a) VALUES (1), (2), (3)", 3, 3},
		{"CREATE TABLE u (a)", 0, 0},
		{"SELECT * FROM t", 0, 0},
		{"UPDATE t SET a = a WHERE id < 3", 2, 0},
		{"WITH x AS (SELECT 4) INSERT INTO t (a) SELECT * FROM x", 1, 4},
		{"WITH x AS (SELECT 4) UPDATE t SET a = 4 WHERE a IN (SELECT * FROM x)", 1, 0},
		{"INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING", 0, 0},
		{"/* a comment */ REPLACE INTO t (id, a) VALUES (1, 1)", 1, 1},
		{"INSERT INTO t (a) VALUES (9) RETURNING id", 1, 5},
		{"DELETE FROM t WHERE id > 100", 0, 0},
		{"DELETE FROM t", 5, 0},
		{"-- nothing at all", 0, 0},
	} {
		got := c.run(exec(step.sql))
		if got.RowsAffected != step.rows || got.LastInsertID != step.lastID {
			t.Errorf("%s: %+v, want %d rows and key %d", step.sql, got, step.rows, step.lastID)
		}
	}
}

func TestReturningInsertsEverythingEvenIfOneRowIsRead(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	c.run(exec("CREATE TABLE t (id INTEGER PRIMARY KEY)"))
	c.run(begin)
	if id := one[int](c, "INSERT INTO t VALUES (NULL), (NULL), (NULL) RETURNING id"); id != 1 {
		t.Errorf("key %d", id)
	}
	c.run(commit)
	if n := one[int](c, "SELECT count(*) FROM t"); n != 3 {
		t.Errorf("%d rows, want 3", n)
	}
}

func TestAQueryWithoutRowsHasColumns(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	rows, err := c.query(t.Context(), "SELECT 1 AS a, 2 AS b WHERE FALSE")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(rows.Columns()); rows.Next() || got != "[a b]" || rows.Close() != nil {
		t.Errorf("columns are %s", got)
	}
}
