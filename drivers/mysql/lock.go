package mysql

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// maxLockName is how long the name of a lock may be: MySQL's limit; MariaDB's
// is 192. https://dev.mysql.com/doc/refman/8.4/en/locking-functions.html
const maxLockName = 64

// lockName is the lock's name on the server, whose databases share one space
// of names.
func (l *link) lockName(name string) string {
	full := l.pool.cfg.DBName + "." + name
	if len(full) <= maxLockName {
		return full
	}
	sum := sha256.Sum256([]byte(full))
	return "sqlscope." + hex.EncodeToString(sum[:])[:maxLockName-len("sqlscope.")]
}

// TryLock implements [drivers.Locker]. The server learns of a lost client by
// its silence only, so while the lock is held the connection may be idle for no
// longer than the lock's Peer: with the default of 8 hours a lock stays that
// long after a cut network.
func (c *conn) TryLock(ctx context.Context, l drivers.Lock) (bool, error) {
	if l.InTx {
		return false, errors.New("mysql: no lock belongs to a transaction")
	}
	var taken sql.NullInt64
	if err := c.ask(ctx, "SELECT GET_LOCK(?, 0)", []any{c.lockName(l.Name)}, &taken); err != nil {
		return false, err
	}
	if !taken.Valid {
		return false, errors.New("mysql: GET_LOCK failed on the server")
	}
	if taken.Int64 != 1 || l.Peer <= 0 {
		return taken.Int64 == 1, nil
	}
	seconds := max(1, int((l.Peer+time.Second-1)/time.Second))
	return true, c.tell(ctx, fmt.Sprintf("SET SESSION wait_timeout=%d", seconds))
}

// Unlock implements [drivers.Locker].
func (c *conn) Unlock(ctx context.Context, l drivers.Lock) error {
	if l.Peer > 0 {
		if err := c.tell(ctx, "SET SESSION "+c.assign("wait_timeout", "")); err != nil {
			return err
		}
	}
	var gone sql.NullInt64
	err := c.ask(ctx, "SELECT RELEASE_LOCK(?)", []any{c.lockName(l.Name)}, &gone)
	if err == nil && gone.Int64 != 1 {
		err = errors.New("mysql: the lock was not held any more")
	}
	return err
}

// Holder implements [drivers.Locker]. A user sees the connections of his own
// name; of those of others the number is known.
func (c *conn) Holder(ctx context.Context, name string) (*drivers.Holder, error) {
	var id sql.NullInt64
	var user, host sql.NullString
	err := c.ask(ctx, "SELECT h.id, p.USER, p.HOST FROM (SELECT IS_USED_LOCK(?) AS id) h "+
		"LEFT JOIN information_schema.PROCESSLIST p ON p.ID = h.id", []any{c.lockName(name)},
		&id, &user, &host)
	if err != nil || !id.Valid {
		return nil, err
	}
	address, _, _ := strings.Cut(host.String, ":")
	return &drivers.Holder{Connection: strconv.FormatInt(id.Int64, 10), User: user.String,
		Host: address}, nil
}

// ask runs a query of the driver's own and scans its row.
func (c *conn) ask(ctx context.Context, query string, args []any, dest ...any) error {
	f := drivers.Flight{Steps: []drivers.Step{{Op: drivers.OpQuery, SQL: query, Args: args}}}
	r, err := c.Run(ctx, &f)
	if err != nil {
		return err
	}
	if !r.Next() {
		err = errors.New("mysql: the server answered without a row")
	} else {
		err = r.Scan(dest...)
	}
	return errors.Join(err, r.Close())
}

// tell runs a statement of the driver's own.
func (c *conn) tell(ctx context.Context, sql string) error {
	f := drivers.Flight{Steps: []drivers.Step{{Op: drivers.OpExec, SQL: sql}}}
	_, err := c.Run(ctx, &f)
	return err
}
