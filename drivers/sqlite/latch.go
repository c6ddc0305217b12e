package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// latchSuffix makes the name of the file beside the database that is locked.
// All names of locks share it: SQLite has one writer anyway.
const latchSuffix = "-sync"

// latch is a lock that outlives transactions: a write lock on a small database
// beside the real one. The system releases it when the process ends, however
// that ends, and no timeout is involved. On the database itself it would be in
// the way of everybody who writes, and it would end with each transaction.
//
// It is SQLite's lock and not the system's own because SQLite knows how to lock
// on every system, and because a process that closes a file loses the locks it
// has on it elsewhere, https://www.sqlite.org/howtocorrupt.html, 2.2.
type latch struct{ native driver.Conn }

func openLatch(ctx context.Context, opts *options) (*latch, error) {
	o := *opts
	o.path, o.mode = opts.path+latchSuffix, "rwc"
	native, err := connect(ctx, o.dsn())
	if err != nil {
		return nil, o.explain(err)
	}
	l := &latch{native}
	// What counts is the lock, and no crash outlives that: nothing is worth syncing.
	if err := l.run("PRAGMA synchronous=OFF"); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// close ends the transaction, and the lock with it.
func (l *latch) close() { _ = l.native.Close() }

// try takes the write lock if nobody has it.
func (l *latch) try() (bool, error) {
	err := l.run("BEGIN IMMEDIATE")
	return err == nil, unlessBusy(err)
}

// take takes the lock and leaves word of who has it. Others can read only what
// was committed, so the word is written first and the lock taken again; when
// another one came between the two, the word is not ours.
func (l *latch) take() (bool, error) {
	token := rand.Text()
	if taken, err := l.try(); !taken {
		return false, err
	}
	if err := l.sign(token); err != nil {
		return false, err // a reader may be in the way of COMMIT
	}
	if taken, err := l.try(); !taken {
		return false, err
	}
	row, err := l.row("SELECT token FROM holder", 1)
	return err == nil && row[0] == token, err
}

// sign writes who has the lock, and commits.
func (l *latch) sign(token string) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return l.run("CREATE TABLE IF NOT EXISTS holder (pid, host, since, token)",
		"DELETE FROM holder",
		fmt.Sprintf("INSERT INTO holder VALUES ('%d', '%s', '%d', '%s')", os.Getpid(),
			strings.ReplaceAll(host, "'", "''"), time.Now().UnixMilli(), token),
		"COMMIT")
}

// holder reads who has the lock.
func (l *latch) holder() (*drivers.Holder, error) {
	row, err := l.row("SELECT pid, host, since FROM holder", 3)
	if codeOf(err)&0xff == codeBusy || errors.Is(err, io.EOF) || codeOf(err) == codeError {
		return &drivers.Holder{}, nil // it is just being taken
	}
	if err != nil {
		return nil, err
	}
	ms, _ := strconv.ParseInt(row[2], 10, 64) // written by sign
	return &drivers.Holder{Connection: row[0], Host: row[1], Since: time.UnixMilli(ms)}, nil
}

func (l *latch) run(statements ...string) error {
	for _, sql := range statements {
		_, err := l.native.(driver.ExecerContext).ExecContext(context.Background(), sql, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// row returns the first row as text.
func (l *latch) row(sql string, columns int) ([]string, error) {
	rows, err := l.native.(driver.QueryerContext).QueryContext(context.Background(), sql, nil)
	if err != nil {
		return nil, err
	}
	values := make([]driver.Value, columns)
	err = rows.Next(values)
	row := make([]string, columns)
	for i, v := range values {
		row[i] = fmt.Sprint(v)
	}
	return row, errors.Join(err, rows.Close())
}
