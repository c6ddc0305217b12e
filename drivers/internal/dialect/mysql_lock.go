package dialect

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

// MySQLLocks is the [drivers.Locker] of a connection to MySQL or MariaDB. Its
// locks are those of GET_LOCK, the same whatever the driver.
type MySQLLocks struct {
	// Conn is the connection.
	Conn drivers.Conn
	// Database is the one that the connection was made to. A server's databases
	// share one space of names.
	Database string
	// Usual is the connection's own wait_timeout, as SQL.
	Usual string
}

// maxLockName is how long the name of a lock may be: MySQL's limit; MariaDB's
// is 192. https://dev.mysql.com/doc/refman/8.4/en/locking-functions.html
const maxLockName = 64

// on is the lock's name on the server.
func (m MySQLLocks) on(name string) []any {
	full := m.Database + "." + name
	if len(full) > maxLockName {
		sum := sha256.Sum256([]byte(full))
		full = "sqlscope." + hex.EncodeToString(sum[:])[:maxLockName-len("sqlscope.")]
	}
	return []any{full}
}

// TryLock implements [drivers.Locker]. The server learns of a lost client by
// its silence only, so while the lock is held the connection may be idle for no
// longer than the lock's Peer: with the default of 8 hours a lock stays that
// long after a cut network.
func (m MySQLLocks) TryLock(ctx context.Context, l drivers.Lock) (bool, error) {
	if l.InTx {
		return false, errNotOfTx
	}
	var taken sql.NullInt64
	if err := Ask(ctx, m.Conn, "SELECT GET_LOCK(?, 0)", m.on(l.Name), &taken); err != nil {
		return false, err
	}
	if !taken.Valid {
		return false, errors.New("GET_LOCK failed on the server")
	}
	if taken.Int64 != 1 || l.Peer <= 0 {
		return taken.Int64 == 1, nil
	}
	seconds := max(1, int((l.Peer+time.Second-1)/time.Second))
	return true, tell(ctx, m.Conn, fmt.Sprintf("SET SESSION wait_timeout=%d", seconds))
}

var errNotOfTx = errors.New("no lock belongs to a transaction here")

// Unlock implements [drivers.Locker].
func (m MySQLLocks) Unlock(ctx context.Context, l drivers.Lock) error {
	if l.Peer > 0 {
		if err := tell(ctx, m.Conn, "SET SESSION wait_timeout="+m.Usual); err != nil {
			return err
		}
	}
	var gone sql.NullInt64
	err := Ask(ctx, m.Conn, "SELECT RELEASE_LOCK(?)", m.on(l.Name), &gone)
	if err == nil && gone.Int64 != 1 {
		err = errNotHeld
	}
	return err
}

// Holder implements [drivers.Locker]. A user sees the connections of his own
// name; of those of others the number is known.
func (m MySQLLocks) Holder(ctx context.Context, name string) (*drivers.Holder, error) {
	var id sql.NullInt64
	var user, host sql.NullString
	err := Ask(ctx, m.Conn, "SELECT h.id, p.USER, p.HOST FROM (SELECT IS_USED_LOCK(?) AS id) h "+
		"LEFT JOIN information_schema.PROCESSLIST p ON p.ID = h.id", m.on(name), &id, &user, &host)
	if err != nil || !id.Valid {
		return nil, err
	}
	address, _, _ := strings.Cut(host.String, ":")
	return &drivers.Holder{Connection: strconv.FormatInt(id.Int64, 10), User: user.String,
		Host: address}, nil
}
