package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	modernc "modernc.org/sqlite"

	"github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// link is a connection as the pool keeps it.
type link struct {
	native  driver.Conn
	handle  handle
	watch   watch
	waiter  *waiter
	stmts   statements
	opts    *options
	reader  bool           // for read-only transactions
	refuses bool           // PRAGMA query_only is on
	broken  bool           // it must not be used again
	latch   *dialect.Latch // the lock beside the database

	rows *rows               // open; nil otherwise
	args []driver.NamedValue // of the steps of the running flight
}

// open opens a connection.
func open(ctx context.Context, opts *options, reader bool) (*link, error) {
	native, err := connect(ctx, opts.dsn())
	if err != nil {
		return nil, opts.explain(err)
	}
	l := &link{native: native, opts: opts, reader: reader, latch: newLatch(opts)}
	if l.handle, err = handleOf(native); err != nil {
		return nil, errors.Join(err, native.Close())
	}
	l.watch.handle = l.handle
	l.stmts = statements{native: native, handle: l.handle, limit: opts.statementCache}
	l.waiter = &waiter{ctx: ctx, limit: opts.busyTimeout}
	waiters.Store(l.handle.db, l.waiter)
	l.handle.onBusy()
	if err := l.setUpPatiently(ctx); err != nil {
		l.close()
		return nil, opts.explain(err)
	}
	l.waiter.ctx = context.Background()
	return l, nil
}

// connect goes through the driver that modernc registers with database/sql, so that
// functions and collations that the program has registered there work here too.
func connect(ctx context.Context, dsn string) (driver.Conn, error) {
	connector, err := modernc.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return connector.Connect(ctx)
}

// setUpPatiently tries again while the file is locked. SQLite does not ask the busy
// handler where waiting could be a deadlock, and two processes that switch a new
// file to WAL at the same time are such a case; the loser has to start over, see
// https://www.sqlite.org/c3ref/busy_handler.html.
func (l *link) setUpPatiently(ctx context.Context) error {
	patience := waiter{ctx: ctx, limit: l.opts.busyTimeout}
	for tries := 0; ; tries++ {
		err := l.setUp()
		if codeOf(err)&0xff != codeBusy || !patience.wait(tries) {
			return err
		}
	}
}

// setUp runs the pragmas. Each conflicts with nothing, so their order is free,
// except that the journal is first: it is what needs the lock.
func (l *link) setUp() error {
	if !l.opts.memory && l.opts.mode != "ro" {
		if err := l.setJournal(); err != nil {
			return err
		}
	}
	pragmas := "PRAGMA synchronous=" + l.opts.synchronous
	if l.opts.cacheSize != 0 {
		pragmas += fmt.Sprintf("; PRAGMA cache_size=%d", l.opts.cacheSize)
	}
	if l.opts.foreignKeys {
		pragmas += "; PRAGMA foreign_keys=ON"
	} else {
		pragmas += "; PRAGMA foreign_keys=OFF"
	}
	// Reading the schema tells a file that is no database now rather than later.
	if err := l.run(pragmas + "; SELECT 1 FROM sqlite_schema LIMIT 1"); err != nil {
		return err
	}
	return l.refuseWrites(l.reader)
}

// setJournal sets the journal mode and looks at the answer: SQLite keeps the old
// mode without an error where a file system does not allow the new one,
// https://www.sqlite.org/pragma.html#pragma_journal_mode.
func (l *link) setJournal() error {
	got, err := l.ask("PRAGMA journal_mode=" + l.opts.journalMode)
	if err == nil && !strings.EqualFold(got, l.opts.journalMode) {
		err = fmt.Errorf("the journal mode stays %s; %s is not possible here",
			got, l.opts.journalMode)
	}
	return err
}

// refuseWrites switches PRAGMA query_only. It recompiles the connection's
// statements, so it is only done when it changes anything.
func (l *link) refuseWrites(on bool) error {
	if l.refuses == on {
		return nil
	}
	pragma := "PRAGMA query_only=OFF"
	if on {
		pragma = "PRAGMA query_only=ON"
	}
	err := l.run(pragma)
	if err == nil {
		l.refuses = on
	}
	return err
}

// run executes a text of the driver's own that is not worth keeping.
func (l *link) run(sql string) error {
	_, err := l.native.(driver.ExecerContext).ExecContext(context.Background(), sql, nil)
	return err
}

// ask asks the connection itself.
func (l *link) ask(sql string) (string, error) { return ask(l.native, sql) }

// ask returns the first value of a query, as text; "" when there is no row.
func ask(native driver.Conn, sql string) (string, error) {
	rows, err := native.(driver.QueryerContext).QueryContext(context.Background(), sql, nil)
	if err != nil {
		return "", err
	}
	var row [1]driver.Value
	if err = rows.Next(row[:]); errors.Is(err, io.EOF) {
		return "", rows.Close()
	}
	return fmt.Sprint(row[0]), errors.Join(err, rows.Close())
}

// close releases everything. Statements go first: SQLite would keep a connection
// and its locks alive for them, https://www.sqlite.org/c3ref/close.html.
func (l *link) close() {
	l.finishRows()
	l.latch.Drop()
	l.watch.forget()
	l.stmts.close()
	waiters.Delete(l.handle.db)
	_ = l.native.Close() // there is nobody left to do anything about it
	l.handle.close()
}

// explain adds which file could not be opened, and why, as far as can be seen.
func (o *options) explain(err error) error {
	if hint := o.hint(codeOf(err)); hint != "" {
		return fmt.Errorf("sqlite: open %s: %w: %s", o.address(), err, hint)
	}
	return fmt.Errorf("sqlite: open %s: %w", o.address(), err)
}

func (o *options) hint(code int) string {
	switch code & 0xff {
	case codeReadOnly:
		return "the file or its directory is not writable; use mode=ro"
	case codeCantOpen:
		return o.whyNotOpened()
	}
	return ""
}

// whyNotOpened looks at the file and its directory.
func (o *options) whyNotOpened() string {
	dir := filepath.Dir(o.path)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return "the directory " + dir + " does not exist"
	}
	switch info, err := os.Stat(o.path); {
	case errors.Is(err, fs.ErrNotExist) && o.mode != "rwc":
		return "the file does not exist, and mode=" + o.mode + " does not create it"
	case err == nil && info.IsDir():
		return "it is a directory"
	}
	return ""
}
