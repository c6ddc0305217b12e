package source_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

const mega = 1 << 20

// scale is what the sizes are divided by: they are the full ones where SQLSCOPE_LARGE
// is set, as in CI.
func scale() int {
	if os.Getenv("SQLSCOPE_LARGE") == "" {
		return 10
	}
	return 1
}

// writeLarge writes a file by parts until it has size bytes.
func writeLarge(t *testing.T, size int, part func(w io.Writer, n int)) string {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "1_large.sql"))
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, mega)
	for n := 0; ; n++ {
		part(w, n)
		if at, err := f.Seek(0, io.SeekCurrent); err != nil {
			t.Fatal(err)
		} else if at >= int64(size) {
			break
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// heap is what is in use after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// consume reads all statements of the migration in dir, and returns how many there are,
// the length of the longest, and how much the heap grew at most.
func consume(t *testing.T, dir string, look int, d sqlsplit.Dialect) (count, longest int, grew uint64) {
	t.Helper()
	before := heap()
	set := load(t, os.DirFS(dir), source.Options{Dialect: d})
	for st, err := range set.Migrations[0].Up.Statements() {
		if err != nil {
			t.Fatal(err)
		}
		if st.Data != nil {
			n, err := io.Copy(io.Discard, st.Data)
			if err != nil {
				t.Fatal(err)
			}
			longest = max(longest, int(n))
		}
		longest = max(longest, len(st.SQL))
		if count++; count%look == 0 {
			grew = max(grew, heap()-min(before, heap()))
		}
	}
	return count, longest, grew
}

func TestBehaviour34LargeFilesAreReadInBoundedMemory(t *testing.T) {
	many, one := 200*mega/scale(), 50*mega/scale()
	row := "(1, 'some text; with a semicolon', 'and ''quotes''')"
	t.Run("200 MB of statements", func(t *testing.T) {
		dir := writeLarge(t, many, func(w io.Writer, n int) {
			fmt.Fprintf(w, "INSERT INTO t VALUES %s%s;\n", row, strings.Repeat(", "+row, 1000))
		})
		count, longest, grew := consume(t, dir, 40, sqlsplit.Postgres)
		t.Logf("%d statements of up to %d bytes: the heap grew by %d bytes", count, longest, grew)
		if grew > 8*mega || count < 3000/scale() {
			t.Errorf("%d statements; the heap grew by %d bytes", count, grew)
		}
	})
	t.Run("50 MB in one line", func(t *testing.T) {
		first := true
		dir := writeLarge(t, one, func(w io.Writer, _ int) {
			if first {
				fmt.Fprint(w, "INSERT INTO t VALUES ", row)
				first = false
			}
			fmt.Fprint(w, strings.Repeat(", "+row, 1000))
		})
		count, longest, grew := consume(t, dir, 1, sqlsplit.MySQL)
		t.Logf("%d statement of %d bytes: the heap grew by %d bytes", count, longest, grew)
		if int(grew) > 3*one || count != 1 || longest < one {
			t.Errorf("%d statements of up to %d bytes; the heap grew by %d bytes", count, longest, grew)
		}
	})
	t.Run("200 MB of rows for COPY", func(t *testing.T) {
		first := true
		dir := writeLarge(t, many, func(w io.Writer, n int) {
			if first {
				fmt.Fprint(w, "COPY t FROM stdin;\n")
				first = false
			}
			fmt.Fprint(w, strings.Repeat("1\tsome text; 'with a quote\n", 1000))
		})
		f, err := os.OpenFile(filepath.Join(dir, "1_large.sql"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(f, "\\.\nSELECT 1;\n")
		f.Close()
		count, longest, grew := consume(t, dir, 1, sqlsplit.Postgres)
		t.Logf("%d statements, %d bytes of rows: the heap grew by %d bytes", count, longest, grew)
		if grew > 8*mega || count != 2 || longest < many {
			t.Errorf("%d statements, %d bytes of rows; the heap grew by %d bytes", count, longest, grew)
		}
	})
}
