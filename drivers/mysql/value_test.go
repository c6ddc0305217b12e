package mysql_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

// scanned reads the first column of the first row into a T.
func scanned[T any](t *testing.T, c drivers.Conn, sql string, args ...any) T {
	t.Helper()
	var v T
	rows, err := c.Run(t.Context(), &drivers.Flight{Steps: []drivers.Step{query(sql, args...)}})
	must(t, err)
	defer rows.Close()
	if !rows.Next() {
		t.Fatalf("%s: no row: %v", sql, rows.Err())
	}
	must(t, rows.Scan(&v))
	return v
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %#v, want %#v", what, got, want)
	}
}

func TestValuesComeAsGoWouldHaveThem(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	for sql, want := range map[string]any{
		"1":                                      int64(1),
		"CAST(1.50 AS DECIMAL(5,2))":             "1.50",
		"'text'":                                 "text",
		"CAST('12:34:56' AS TIME)":               "12:34:56",
		"1e0":                                    1.0,
		"CAST(18446744073709551615 AS UNSIGNED)": uint64(math.MaxUint64),
		"NULL":                                   nil,
		"CAST('2024-02-29' AS DATE)":             time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC),
	} {
		equal(t, sql, scanned[any](t, c, "SELECT "+sql), want)
	}
	if b, ok := scanned[any](t, c, "SELECT CAST('x' AS BINARY)").([]byte); !ok || string(b) != "x" {
		t.Error("BINARY is no []byte")
	}
}

func TestABitIsANumberAndATruth(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	name := table(t, "id INT PRIMARY KEY, one BIT(1), many BIT(64)")
	mustRun(t, c, exec("INSERT INTO "+name+" VALUES (1, 1, ~0)"))
	equal(t, "BIT(1) as bool", scanned[bool](t, c, "SELECT one FROM "+name), true)
	equal(t, "BIT(1) as int", scanned[int](t, c, "SELECT one FROM "+name), 1)
	equal(t, "BIT(64) as uint64", scanned[uint64](t, c, "SELECT many FROM "+name), math.MaxUint64)
	equal(t, "BIT(1) as any", scanned[any](t, c, "SELECT one FROM "+name), any(int64(1)))
}

func TestTimesInAStringAreSpelledAsTheServerSpellsThem(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	equal(t, "DATE", scanned[string](t, c, "SELECT CAST('2024-02-29' AS DATE)"), "2024-02-29")
	equal(t, "DATETIME", scanned[string](t, c, "SELECT CAST('2024-02-29 12:00:00.5' AS DATETIME(6))"),
		"2024-02-29 12:00:00.5")
}

func TestTimesAreUTCAndCutOffToMicroseconds(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	equal(t, "time_zone", scanned[string](t, c, "SELECT @@time_zone"), "+00:00")
	at := time.Date(2024, 2, 29, 12, 0, 0, 999999999, time.FixedZone("", 3600))
	got := scanned[time.Time](t, c, "SELECT CAST(? AS DATETIME(6))", at)
	equal(t, "the time", got, at.Truncate(time.Microsecond).UTC())
}

func TestLargeUnsignedArgumentsAndJSONMayComeInAnyForm(t *testing.T) {
	type id uint64
	c := acquire(t, open(t, dsn(t)))
	big, doc := uint64(math.MaxUint64), json.RawMessage("{}")
	for _, arg := range []any{big, &big, id(big), uint(big)} {
		equal(t, fmt.Sprintf("%T", arg), scanned[any](t, c, "SELECT ?", arg), any(big))
	}
	equal(t, "a pointer", scanned[string](t, c, "SELECT CHARSET(?)", &doc), "utf8mb4") // and not binary
	equal(t, "nil", scanned[any](t, c, "SELECT ?", (*json.RawMessage)(nil)), nil)
}

func TestArgumentsThatOnlyThisServerTakes(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	name := table(t, "id INT PRIMARY KEY, big BIGINT UNSIGNED, doc JSON")
	mustRun(t, c, exec("INSERT INTO "+name+" VALUES (1, ?, ?)", uint64(math.MaxUint64),
		json.RawMessage(`{"a": "b'\\"}`)))
	equal(t, "big", scanned[uint64](t, c, "SELECT big FROM "+name), math.MaxUint64)
	equal(t, "a", scanned[string](t, c, "SELECT JSON_VALUE(doc, '$.a') FROM "+name), `b'\`)
	for _, f := range []any{math.NaN(), math.Inf(1), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -7200)), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)} {
		flight, _, err := run(c, begin, exec("DO ?", f))
		if _, ok := errors.AsType[*stdvalue.ArgumentError](err); !ok || flight.Sent != 0 {
			t.Errorf("%v: error %v, sent %d", f, err, flight.Sent)
		}
	}
}

// The server closes a connection that sends a packet larger than it takes.
func TestAStatementLargerThanAPacketGoesInParts(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	packet := scanned[int](t, c, "SELECT @@max_allowed_packet")
	if packet > 64<<20 {
		t.Skip("the server takes packets of any size")
	}
	half := bytes.Repeat([]byte{'x'}, packet/2+1000)
	got := scanned[int](t, c, "SELECT LENGTH(?) + LENGTH(?)", half, half)
	equal(t, "the length", got, 2*len(half))
	mustRun(t, c, exec("DO LENGTH(?), LENGTH(?)", half, half))
}

func TestAffectedRowsAreThoseThatMatched(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	name := table(t, "id INT AUTO_INCREMENT PRIMARY KEY, n INT")
	f, _ := mustRun(t, c, exec("INSERT INTO "+name+" (n) VALUES (1), (2)"))
	equal(t, "the inserted", f.Steps[0].Result, drivers.Result{RowsAffected: 2, LastInsertID: 1})
	f, _ = mustRun(t, c, exec("UPDATE "+name+" SET n = 1 WHERE id = 1"))
	equal(t, "the updated", f.Steps[0].Result, drivers.Result{RowsAffected: 1})
}

func TestAProcedureThatReturnsSeveralResultsLeavesTheConnectionUsable(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	name := items(t) + "_p"
	_, err := connect(t).ExecContext(t.Context(),
		"CREATE PROCEDURE "+name+"() BEGIN SELECT 1; SELECT 2; END")
	must(t, err)
	t.Cleanup(func() {
		_, _ = connect(t).ExecContext(context.Background(), "DROP PROCEDURE "+name)
	})
	equal(t, "the first result", scanned[int](t, c, "CALL "+name+"()"), 1)
	mustRun(t, c, exec("CALL "+name+"()"))
	mustRun(t, c, query("SELECT 1"))
}
