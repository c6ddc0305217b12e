package dialect

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// PostgresLocks is the [drivers.Locker] of a connection to Postgres. Its locks
// are advisory ones, the same whatever the driver.
type PostgresLocks struct {
	// Conn is the connection.
	Conn drivers.Conn
	// Direct is SQL that is true if the server's process is the connection's own
	// and not one that a pooler hands on.
	Direct string
}

// postgresKey is the advisory lock of a name, the same in every process and
// version. Databases of one server have locks of their own.
func postgresKey(name string) int64 {
	sum := sha256.Sum256([]byte("sqlscope lock " + name))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// TryLock implements [drivers.Locker]. It asks and does not wait: who waits in
// pg_advisory_lock holds a snapshot, which CREATE INDEX CONCURRENTLY of the
// holder waits for in turn, and lock_timeout would end the wait.
//
// A lock of the connection is taken only on a server process of its own. Behind
// a pooler two clients of one process would both be granted the lock.
func (p PostgresLocks) TryLock(ctx context.Context, l drivers.Lock) (bool, error) {
	sql := fmt.Sprintf("select case when %s then pg_try_advisory_lock(%d) end", p.Direct, postgresKey(l.Name))
	if l.InTx {
		sql = fmt.Sprintf("select pg_try_advisory_xact_lock(%d)", postgresKey(l.Name))
	}
	var taken *bool
	switch err := Ask(ctx, p.Conn, sql, nil, &taken); {
	case err != nil:
		return false, err
	case taken == nil:
		return false, drivers.ErrNotKept
	case !*taken || l.InTx:
		return *taken, nil
	}
	return true, p.watchPeer(ctx, l.Peer)
}

// watchPeer has the server notice that we are gone while it runs a statement,
// and on an idle connection. Measured with PostgreSQL 15: without these settings
// a killed client's statement of 12 s went on to its end and was committed, and
// after a cut network an idle client's lock was held for longer than 45 s. What
// a server does not know, as those before 14, it is not asked for, and one whose
// system lacks it refuses: the lock is good without.
func (p PostgresLocks) watchPeer(ctx context.Context, peer time.Duration) error {
	if peer <= 0 {
		return nil
	}
	seconds := max(1, int(peer.Seconds()/4))
	err := tell(ctx, p.Conn, fmt.Sprintf("select set_config(w.name, w.value, false) from (values "+
		"('client_connection_check_interval', '1s'), ('tcp_keepalives_idle', '%[1]d'), "+
		"('tcp_keepalives_interval', '%[1]d'), ('tcp_keepalives_count', '3'), "+
		"('tcp_user_timeout', '%[2]d')) as w (name, value) join pg_settings s on s.name = w.name "+
		"where s.context = 'user'", seconds, 4*seconds*1000))
	if p.Conn.State() == drivers.TxIdle && ctx.Err() == nil {
		return nil
	}
	return err
}

// Unlock implements [drivers.Locker].
func (p PostgresLocks) Unlock(ctx context.Context, l drivers.Lock) error {
	if l.Peer > 0 {
		err := tell(ctx, p.Conn, "select set_config(name, reset_val, false) from pg_settings where name in "+
			"('client_connection_check_interval', 'tcp_keepalives_idle', 'tcp_keepalives_interval', "+
			"'tcp_keepalives_count', 'tcp_user_timeout')")
		if err != nil {
			return err
		}
	}
	var held bool
	err := Ask(ctx, p.Conn, fmt.Sprintf("select pg_advisory_unlock(%d)", postgresKey(l.Name)), nil, &held)
	if err == nil && !held {
		err = errNotHeld
	}
	return err
}

var errNotHeld = errors.New("the lock was not held any more")

// Holder implements [drivers.Locker]. The server knows since when the holder is
// connected, not since when it has the lock.
func (p PostgresLocks) Holder(ctx context.Context, name string) (*drivers.Holder, error) {
	key := uint64(postgresKey(name))
	h := &drivers.Holder{}
	var pid int64
	var since *time.Time
	err := Ask(ctx, p.Conn, fmt.Sprintf("select l.pid, coalesce(a.usename::text, ''), "+
		"coalesce(host(a.client_addr), ''), coalesce(a.application_name, ''), a.backend_start "+
		"from pg_locks l left join pg_stat_activity a on a.pid = l.pid "+
		"where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.classid = %d::oid "+
		"and l.objid = %d::oid and l.database = (select oid from pg_database "+
		"where datname = current_database())", key>>32, key&0xffffffff), nil,
		&pid, &h.User, &h.Host, &h.Application, &since)
	if errors.Is(err, errNoAnswer) {
		return nil, nil
	}
	h.Connection = fmt.Sprint(pid)
	if since != nil {
		h.Since = *since
	}
	return h, err
}
