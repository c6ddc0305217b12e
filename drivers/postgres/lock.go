package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// lockKey is the advisory lock of a name, the same in every process and
// version. Databases of one server have locks of their own.
func lockKey(name string) int64 {
	sum := sha256.Sum256([]byte("sqlscope lock " + name))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// TryLock implements [drivers.Locker]. It asks and does not wait: who waits in
// pg_advisory_lock holds a snapshot, which CREATE INDEX CONCURRENTLY of the
// holder waits for in turn, and lock_timeout would end the wait.
//
// A lock of the connection is taken only if the server says that it is the
// process that greeted us. Behind a pooler it is another one, and two clients
// of one server process would both be granted the lock.
func (c *conn) TryLock(ctx context.Context, l drivers.Lock) (bool, error) {
	sql := fmt.Sprintf("select case when pg_backend_pid() = %d then pg_try_advisory_lock(%d) end",
		c.pg.PID(), lockKey(l.Name))
	if l.InTx {
		sql = fmt.Sprintf("select pg_try_advisory_xact_lock(%d)", lockKey(l.Name))
	}
	var taken *bool
	switch err := c.ask(ctx, sql, &taken); {
	case err != nil:
		return false, err
	case taken == nil:
		return false, drivers.ErrNotKept
	case !*taken || l.InTx:
		return *taken, nil
	}
	return true, c.watchPeer(ctx, l.Peer)
}

// watchPeer has the server notice that we are gone while it runs a statement,
// and on an idle connection. Measured with PostgreSQL 15: without these settings
// a killed client's statement of 12 s went on to its end and was committed, and
// after a cut network an idle client's lock was held for longer than 45 s. What
// a server does not know, as those before 14, it is not asked for, and one whose
// system lacks it refuses: the lock is good without.
func (c *conn) watchPeer(ctx context.Context, peer time.Duration) error {
	if peer <= 0 {
		return nil
	}
	seconds := max(1, int(peer.Seconds()/4))
	err := c.tell(ctx, fmt.Sprintf("select set_config(w.name, w.value, false) from (values "+
		"('client_connection_check_interval', '1s'), ('tcp_keepalives_idle', '%[1]d'), "+
		"('tcp_keepalives_interval', '%[1]d'), ('tcp_keepalives_count', '3'), "+
		"('tcp_user_timeout', '%[2]d')) as w (name, value) join pg_settings s on s.name = w.name "+
		"where s.context = 'user'", seconds, 4*seconds*1000))
	if c.State() == drivers.TxIdle && ctx.Err() == nil {
		return nil
	}
	return err
}

// Unlock implements [drivers.Locker].
func (c *conn) Unlock(ctx context.Context, l drivers.Lock) error {
	if l.Peer > 0 {
		err := c.tell(ctx, "select set_config(name, reset_val, false) from pg_settings where name in "+
			"('client_connection_check_interval', 'tcp_keepalives_idle', 'tcp_keepalives_interval', "+
			"'tcp_keepalives_count', 'tcp_user_timeout')")
		if err != nil {
			return err
		}
	}
	var held bool
	err := c.ask(ctx, fmt.Sprintf("select pg_advisory_unlock(%d)", lockKey(l.Name)), &held)
	if err == nil && !held {
		err = errors.New("postgres: the lock was not held any more")
	}
	return err
}

// Holder implements [drivers.Locker]. The server knows since when the holder is
// connected, not since when it has the lock.
func (c *conn) Holder(ctx context.Context, name string) (*drivers.Holder, error) {
	key := uint64(lockKey(name))
	h := &drivers.Holder{}
	var pid int64
	var since *time.Time
	err := c.ask(ctx, fmt.Sprintf("select l.pid, coalesce(a.usename::text, ''), "+
		"coalesce(host(a.client_addr), ''), coalesce(a.application_name, ''), a.backend_start "+
		"from pg_locks l left join pg_stat_activity a on a.pid = l.pid "+
		"where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.classid = %d::oid "+
		"and l.objid = %d::oid and l.database = (select oid from pg_database "+
		"where datname = current_database())", key>>32, key&0xffffffff),
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

var errNoAnswer = errors.New("postgres: no rows")

// ask runs a query of the driver's own and scans its first row.
func (c *conn) ask(ctx context.Context, sql string, dest ...any) error {
	f := drivers.Flight{Steps: []drivers.Step{{Op: drivers.OpQuery, SQL: sql}}}
	r, err := c.Run(ctx, &f)
	if err != nil {
		return err
	}
	found := r.Next()
	if found {
		err = r.Scan(dest...)
	}
	if err = errors.Join(err, r.Close()); err == nil && !found {
		err = errNoAnswer
	}
	return err
}

// tell runs a statement of the driver's own.
func (c *conn) tell(ctx context.Context, sql string) error {
	f := drivers.Flight{Steps: []drivers.Step{{Op: drivers.OpExec, SQL: sql}}}
	_, err := c.Run(ctx, &f)
	return err
}
