//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/testdsn"
)

// targets are the databases that run here, with the types that differ.
func targets(t *testing.T, test func(t *testing.T, p drivers.Pool, c drivers.Conn, types map[string]string)) {
	for _, target := range []struct {
		name  string
		url   func(testing.TB) string
		types map[string]string
	}{
		{"Postgres", postgresURL, map[string]string{"blob": "BYTEA", "text": "TEXT", "timestamp": "TIMESTAMPTZ"}},
		{"MariaDB", mysqlURL, map[string]string{"blob": "LONGBLOB", "text": "LONGTEXT", "timestamp": "TIMESTAMP(6)"}},
		{"SQLite", sqliteURL, map[string]string{"blob": "BLOB", "text": "TEXT", "timestamp": "TIMESTAMP"}},
	} {
		t.Run(target.name, func(t *testing.T) {
			p := open(t, target.url(t))
			test(t, p, acquire(t, p), target.types)
		})
	}
}

// TestTextOfEveryColumnWidthIsWhole has characters of one to four bytes in
// columns as wide as they are, and in columns around the size of the buffers.
func TestTextOfEveryColumnWidthIsWhole(t *testing.T) {
	targets(t, func(t *testing.T, _ drivers.Pool, c drivers.Conn, _ map[string]string) {
		for _, width := range []int{1, 2, 3, 7, 10, 63, 127, 128, 255, 256, 257, 511, 512, 513, 1000} {
			name := table(t, c, "width", fmt.Sprintf("id INT, v VARCHAR(%d), c CHAR(%d)", width, min(width, 255)))
			for id, char := range []string{"x", "é", "語", "🙂"} {
				text := strings.Repeat(char, width)
				short := strings.Repeat(char, min(width, 255))
				mustRun(t, c, exec("INSERT INTO "+name+" VALUES (?, ?, ?)", id, text, short))
				got := mustRun(t, c, query("SELECT v, c FROM "+name+" WHERE id = ?", id))
				if got[0][0] != text || got[0][1] != short {
					t.Errorf("%d times %s: read %.40q and %.40q", width, char, got[0][0], got[0][1])
				}
			}
			if got := mustRun(t, c, query("SELECT v FROM "+name+" ORDER BY id")); len(got) != 4 ||
				got[3][0] != strings.Repeat("🙂", width) {
				t.Errorf("width %d: all of them are %.60q", width, got)
			}
		}
	})
}

func TestLongValuesAmongShortOnesAreWhole(t *testing.T) {
	targets(t, func(t *testing.T, _ drivers.Pool, c drivers.Conn, types map[string]string) {
		name := table(t, c, "long", "id INT, s "+types["text"]+", b "+types["blob"])
		var want []string
		for id, size := range []int{0, 1, 300, 511, 512, 513, 5, 40_000, 3, 70_000, 200_000, 7} {
			text := strings.Repeat("é🙂x", size)[:]
			mustRun(t, c, exec("INSERT INTO "+name+" VALUES (?, ?, ?)", id, text, []byte(text)))
			want = append(want, text)
		}
		got := mustRun(t, c, query("SELECT s, b, id FROM "+name+" ORDER BY id"))
		for id, text := range want {
			if got[id][0] != text || string(got[id][1].([]byte)) != text || fmt.Sprint(got[id][2]) != fmt.Sprint(id) {
				t.Errorf("row %d: %d bytes came back as %d and %d", id, len(text), len(got[id][0].(string)),
					len(got[id][1].([]byte)))
			}
		}
	})
}

func TestALargeObjectOfFiftyMegabytesIsWhole(t *testing.T) {
	targets(t, func(t *testing.T, _ drivers.Pool, c drivers.Conn, types map[string]string) {
		const size = 50 << 20
		if types["blob"] == "LONGBLOB" {
			packets(t, c, size)
		}
		text := strings.Repeat("0123456789abcdéf", size/17)
		name := table(t, c, "lob", "id INT, b "+types["blob"]+", s "+types["text"])
		mustRun(t, c, exec("INSERT INTO "+name+" VALUES (1, ?, NULL)", []byte(text)))
		mustRun(t, c, exec("INSERT INTO "+name+" VALUES (2, NULL, ?)", text))
		got := mustRun(t, c, query("SELECT b, s FROM "+name+" ORDER BY id"))
		if string(got[0][0].([]byte)) != text || got[1][1] != text {
			t.Errorf("%d bytes came back as %d and %d", len(text), len(got[0][0].([]byte)), len(got[1][1].(string)))
		}
	})
}

// packets sees to it that the server takes values of a size.
func packets(t *testing.T, c drivers.Conn, size int64) {
	got := mustRun(t, c, query("SELECT @@max_allowed_packet"))[0][0]
	if most, err := strconv.ParseInt(fmt.Sprint(got), 10, 64); err != nil || most <= size {
		testdsn.Lacks(t, "mysql", fmt.Sprintf("max_allowed_packet above %d but %v", size, got))
	}
}

func TestLiteralsMayHoldAnyCharacter(t *testing.T) {
	targets(t, func(t *testing.T, _ drivers.Pool, c drivers.Conn, _ map[string]string) {
		if got := mustRun(t, c, query("SELECT 'é語🙂' AS \"größe\"")); got[0][0] != "é語🙂" {
			t.Errorf("read %q", got[0][0])
		}
	})
}

func TestANULInATextIsKeptOrRefused(t *testing.T) {
	targets(t, func(t *testing.T, p drivers.Pool, c drivers.Conn, types map[string]string) {
		name := table(t, c, "nul", "s "+types["text"])
		f, _, err := run(t, c, exec("INSERT INTO "+name+" VALUES (?)", "a\x00b"))
		if err != nil {
			if p.Classify(err).Kind != drivers.KindData || f.Sent != 0 || !strings.Contains(err.Error(), "NUL") {
				t.Errorf("sent %d, error %v", f.Sent, err)
			}
			return
		}
		if got := mustRun(t, c, query("SELECT s FROM "+name)); got[0][0] != "a\x00b" {
			t.Errorf("read %q", got[0][0])
		}
	})
}

func TestTimesKeepTheirInstantWhateverTheirZone(t *testing.T) {
	targets(t, func(t *testing.T, _ drivers.Pool, c drivers.Conn, types map[string]string) {
		name := table(t, c, "times", "v "+types["timestamp"]+" NULL")
		for _, want := range []time.Time{
			time.Date(2024, 2, 29, 23, 59, 59, 123456000, time.FixedZone("", -9*3600-1800)),
			time.Date(2001, 1, 1, 0, 0, 0, 1000, time.FixedZone("", 14*3600)),
			time.Date(2024, 10, 27, 1, 30, 0, 0, time.UTC),
		} {
			mustRun(t, c, exec("DELETE FROM "+name), exec("INSERT INTO "+name+" VALUES (?)", want))
			got := mustRun(t, c, query("SELECT v FROM "+name+" WHERE v = ?", want))
			if len(got) != 1 || !want.Equal(got[0][0].(time.Time)) {
				t.Errorf("wrote %v, read %v", want, got)
			}
		}
	})
}

func TestValuesOfPostgresComeAsTheyAre(t *testing.T) {
	c := acquire(t, open(t, postgresURL(t)))
	for sql, want := range map[string]any{
		"12345678901234567890.123::numeric":            "12345678901234567890.123",
		"'00000000-0000-4000-8000-0000000000ff'::uuid": "00000000-0000-4000-8000-0000000000ff",
		"true":                                    true,
		"9223372036854775807::bigint":             int64(math.MaxInt64),
		"'12:34:56.789012'::time":                 "12:34:56.789012",
		"'{\"a\": \"é\"}'::jsonb":                 "{\"a\": \"é\"}",
		"'-infinity'::float8":                     math.Inf(-1),
		"'2024-02-29'::date":                      time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC),
		"'2024-07-01 12:00:00.5+03'::timestamptz": time.Date(2024, 7, 1, 9, 0, 0, 500e6, time.UTC),
		"NULL::uuid":                              nil,
	} {
		got := mustRun(t, c, query("SELECT "+sql))[0][0]
		if g, ok := got.(time.Time); ok && g.Equal(want.(time.Time)) {
			continue
		}
		if got != want {
			t.Errorf("%s is %T %v, want %v", sql, got, got, want)
		}
	}
}

// psqlODBC puts today's date where it understands nothing.
func TestATimeThatPsqlODBCDoesNotUnderstandIsNone(t *testing.T) {
	c := acquire(t, open(t, postgresURL(t)))
	for _, sql := range []string{"'infinity'::date", "'-infinity'::date",
		"'-infinity'::timestamptz", "'10000-01-01'::date", "'0044-03-15 BC'::timestamp", "'294276-12-31'::timestamp"} {
		rows, err := c.Run(t.Context(), &drivers.Flight{Steps: []drivers.Step{query("SELECT " + sql)}})
		must(t, err)
		var got time.Time
		if !rows.Next() || rows.Scan(&got) == nil {
			t.Errorf("%s is %v", sql, got)
		}
		values, err := rows.Values()
		must(t, err)
		if _, ok := values[0].(string); !ok {
			t.Errorf("%s is %T %[2]v", sql, values[0])
		}
		must(t, rows.Close())
	}
}

func TestValuesOfMariaDBComeAsTheyAre(t *testing.T) {
	c := acquire(t, open(t, mysqlURL(t)))
	name := table(t, c, "values", "u BIGINT UNSIGNED, d DECIMAL(38,10), t TIME(6), b BOOLEAN, z DATE")
	mustRun(t, c, exec("INSERT INTO "+name+" VALUES (?, ?, ?, ?, ?)", uint64(math.MaxUint64),
		"1234567890123456789012345678.0123456789", "-838:59:59", true, "2024-02-29"))
	got := mustRun(t, c, query("SELECT u, d, t, b, z FROM "+name+" WHERE u = ?", uint64(math.MaxUint64)))
	want := []any{uint64(math.MaxUint64), "1234567890123456789012345678.0123456789", "-838:59:59.000000", int64(1),
		time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)}
	for i, w := range want {
		if len(got) != 1 || fmt.Sprint(got[0][i]) != fmt.Sprint(w) {
			t.Errorf("column %d is %v, want %v", i+1, got, w)
		}
	}
}

func TestIntegersOfSQLiteHaveSixtyFourBits(t *testing.T) {
	c := acquire(t, open(t, sqliteURL(t)))
	got := mustRun(t, c, query("SELECT ? AS v", int64(1)<<62))
	if fmt.Sprint(got[0][0]) != fmt.Sprint(int64(1)<<62) {
		t.Errorf("read %v", got)
	}
}

func TestAsManyArgumentsAsPromisedAreTaken(t *testing.T) {
	targets(t, func(t *testing.T, p drivers.Pool, c drivers.Conn, _ map[string]string) {
		n := p.Describe().Capabilities.MaxArgs
		name := table(t, c, "many", "id INT")
		args := make([]any, n)
		for i := range args {
			args[i] = i
		}
		mustRun(t, c, exec("INSERT INTO "+name+" VALUES (?)"+strings.Repeat(", (?)", n-1), args...))
		got := mustRun(t, c, query("SELECT count(*), max(id) FROM "+name))
		if fmt.Sprint(got) != fmt.Sprintf("[[%d %d]]", n, n-1) {
			t.Errorf("%d arguments became %v", n, got)
		}
	})
}

func TestManyColumnsAndALongStatementAreTaken(t *testing.T) {
	targets(t, func(t *testing.T, _ drivers.Pool, c drivers.Conn, _ map[string]string) {
		var columns []string
		for i := range 800 {
			columns = append(columns, fmt.Sprintf("'é%d' AS c%d", i, i))
		}
		got := mustRun(t, c, query("SELECT "+strings.Join(columns, ", ")+" /* "+strings.Repeat("long ", 200_000)+"*/"))
		if len(got) != 1 || len(got[0]) != 800 || got[0][799] != "é799" {
			t.Errorf("%d rows", len(got))
		}
	})
}

// MariaDB's driver sets its charset behind INITSTMT and a server's init_connect.
func TestTextIsUnicodeWhateverIsChosenWhileConnecting(t *testing.T) {
	c := acquire(t, open(t, mysqlURL(t)+";INITSTMT={SET NAMES gbk}"))
	for _, text := range []string{"é😀", "\u7e17' OR 1=1 -- ", "\\"} {
		if got := mustRun(t, c, query("SELECT CONCAT(?, '😀')", text)); fmt.Sprint(got) != "[["+text+"😀]]" {
			t.Errorf("%q came back as %q", text, got)
		}
	}
}
