package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// Examine implements [drivers.Examiner].
func (c *conn) Examine(ctx context.Context) (*drivers.Examination, error) {
	known := dialect.Answers{"file": cmp.Or(c.opts.path, c.opts.address()), "mode": c.opts.mode,
		"busy_timeout": c.opts.busyTimeout.String()}
	for _, name := range []string{"journal_mode", "synchronous", "foreign_keys", "encoding", "page_size"} {
		value, err := c.ask("PRAGMA " + name)
		if err != nil {
			return nil, err
		}
		known[name] = value
	}
	known["synchronous"] = dialect.SQLiteSynchronous(known["synchronous"])
	if !c.memory {
		c.opts.examineFiles(known)
	}
	return dialect.SQLiteExam.Take(ctx, c, known)
}

// examineFiles looks at the files. What cannot be looked at is left out.
func (o *options) examineFiles(known dialect.Answers) {
	if info, err := os.Stat(o.path); err == nil {
		known["size"] = megabytes(info.Size())
	}
	if info, err := os.Stat(o.path + "-wal"); err == nil {
		known["wal_size"] = megabytes(info.Size())
		known.SetNumber("wal_bytes", uint64(info.Size()))
	}
	if !writable(filepath.Dir(o.path)) {
		known["directory"] = "read-only"
	}
}

// writable finds out in the only way that holds on every system, mount and
// access list: by making a file there, for a moment.
func writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".sqlscope-*")
	if err != nil {
		return false
	}
	_ = f.Close()
	_ = os.Remove(f.Name())
	return true
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
