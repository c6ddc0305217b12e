package dialect

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// LatchSuffix makes the name of the file beside the database that is locked.
// All names of locks share it: SQLite has one writer anyway.
const LatchSuffix = "-sync"

// Latch is the [drivers.Locker] of a connection to SQLite: a lock that outlives
// transactions, a write lock on a small database beside the real one. The system
// releases it when the process ends, however that ends, and no timeout is
// involved. On the database itself it would be in the way of everybody who
// writes, and it would end with each transaction.
//
// It is SQLite's lock and not the system's own because SQLite knows how to lock
// on every system, and because a process that closes a file loses the locks it
// has on it elsewhere, https://www.sqlite.org/howtocorrupt.html, 2.2. For the
// same reason two libraries of SQLite in one process do not see each other's.
type Latch struct {
	// Path is the file that is locked.
	Path string
	// Open opens it, with a busy timeout of 0.
	Open func(ctx context.Context) (LatchFile, error)
	// Busy recognises the error of a database that is locked.
	Busy func(error) bool

	held *latch
}

// LatchFile is a connection to the small database.
type LatchFile interface {
	// Exec runs a statement.
	Exec(sql string) error
	// Text returns the first value of a query, as text; "" when there is no row.
	Text(sql string) (string, error)
	// Close ends the transaction, and the lock with it.
	Close()
}

// TryLock implements [drivers.Locker].
func (l *Latch) TryLock(ctx context.Context, lock drivers.Lock) (bool, error) {
	switch {
	case lock.InTx:
		return false, errNotOfTx
	case l.held != nil:
		return false, nil
	}
	side, err := l.open(ctx)
	if err != nil {
		return false, l.unlessBusy(err)
	}
	taken, err := side.take()
	if !taken {
		side.Close()
		return false, l.unlessBusy(err)
	}
	l.held = side
	return true, nil
}

// Unlock implements [drivers.Locker].
func (l *Latch) Unlock(context.Context, drivers.Lock) error {
	if l.held == nil {
		return errNotHeld
	}
	l.Drop()
	return nil
}

// Drop gives up the lock, if it is held.
func (l *Latch) Drop() {
	if l.held != nil {
		l.held.Close()
		l.held = nil
	}
}

// Holder implements [drivers.Locker]. It finds out by trying to take the lock,
// for a moment; who comes at that moment comes again.
func (l *Latch) Holder(ctx context.Context, _ string) (*drivers.Holder, error) {
	if _, err := os.Stat(l.Path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil // nobody has ever locked
	}
	side, err := l.open(ctx)
	if err != nil {
		return &drivers.Holder{}, l.unlessBusy(err)
	}
	defer side.Close()
	taken, err := side.try()
	if taken || err != nil {
		return nil, err
	}
	return side.holder()
}

// unlessBusy takes any lock that is in the way for the one that was asked for:
// others are about to take it.
func (l *Latch) unlessBusy(err error) error {
	if err != nil && l.Busy(err) {
		return nil
	}
	return err
}

func (l *Latch) open(ctx context.Context) (*latch, error) {
	file, err := l.Open(ctx)
	if err != nil {
		return nil, err
	}
	side := &latch{LatchFile: file, of: l}
	// What counts is the lock, and no crash outlives that: nothing is worth syncing.
	if err := side.Exec("PRAGMA synchronous=OFF"); err != nil {
		side.Close()
		return nil, err
	}
	return side, nil
}

// latch is a connection to the file.
type latch struct {
	LatchFile
	of *Latch
}

// try takes the write lock if nobody has it.
func (l *latch) try() (bool, error) {
	err := l.Exec("BEGIN IMMEDIATE")
	return err == nil, l.of.unlessBusy(err)
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
	last, err := l.Text("SELECT token FROM holder")
	return err == nil && last == token, err
}

// sign writes who has the lock, and commits.
func (l *latch) sign(token string) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	for _, sql := range []string{
		"CREATE TABLE IF NOT EXISTS holder (pid, host, since, token)",
		"DELETE FROM holder",
		fmt.Sprintf("INSERT INTO holder VALUES ('%d', '%s', '%d', '%s')", os.Getpid(),
			strings.ReplaceAll(host, "'", "''"), time.Now().UnixMilli(), token),
		"COMMIT",
	} {
		if err := l.Exec(sql); err != nil {
			return err
		}
	}
	return nil
}

// holder reads who has the lock. While it is just being taken that is nobody yet,
// or the file has no table.
func (l *latch) holder() (*drivers.Holder, error) {
	there, err := l.Text("SELECT count(*) FROM sqlite_master WHERE name = 'holder'")
	if err != nil || there == "0" {
		return &drivers.Holder{}, l.of.unlessBusy(err)
	}
	word, err := l.Text("SELECT pid || char(10) || host || char(10) || since FROM holder")
	if err != nil || word == "" {
		return &drivers.Holder{}, l.of.unlessBusy(err)
	}
	return readHolder(word), nil
}

func readHolder(word string) *drivers.Holder {
	pid, rest, _ := strings.Cut(word, "\n")
	host, since, _ := strings.Cut(rest, "\n")
	ms, _ := strconv.ParseInt(since, 10, 64) // written by sign
	return &drivers.Holder{Connection: pid, Host: host, Since: time.UnixMilli(ms)}
}
