package odbc

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
	known "github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// sqlServerLocks is the [drivers.Locker] of a connection to SQL Server. Its locks
// are those of sp_getapplock, which belong to the session on the server and to
// the database. It follows the documentation and has not been run, see
// https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-getapplock-transact-sql
type sqlServerLocks struct{ conn drivers.Conn }

// on is the lock's name on the server, which shows the first 32 characters of it.
func (s sqlServerLocks) on(name string) []any {
	sum := sha256.Sum256([]byte(name))
	return []any{"sqlscope." + hex.EncodeToString(sum[:11])}
}

// TryLock implements [drivers.Locker].
func (s sqlServerLocks) TryLock(ctx context.Context, l drivers.Lock) (bool, error) {
	if l.InTx {
		return false, errors.New("odbc: the lock is the connection's here, and not a transaction's")
	}
	var taken int64
	err := known.Ask(ctx, s.conn, "SET NOCOUNT ON; DECLARE @taken int; EXEC @taken = sp_getapplock "+
		"@Resource = ?, @LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = 0; SELECT @taken",
		s.on(l.Name), &taken)
	if err == nil && taken < -1 {
		err = fmt.Errorf("odbc: sp_getapplock returned %d", taken)
	}
	return taken >= 0 && err == nil, err
}

// Unlock implements [drivers.Locker].
func (s sqlServerLocks) Unlock(ctx context.Context, l drivers.Lock) error {
	var gone int64
	err := known.Ask(ctx, s.conn, "SET NOCOUNT ON; DECLARE @gone int; EXEC @gone = sp_releaseapplock "+
		"@Resource = ?, @LockOwner = 'Session'; SELECT @gone", s.on(l.Name), &gone)
	if err == nil && gone < 0 {
		err = fmt.Errorf("odbc: sp_releaseapplock returned %d", gone)
	}
	return err
}

// Holder implements [drivers.Locker]. Who may not see the server's state is told
// that somebody has the lock, and not who.
func (s sqlServerLocks) Holder(ctx context.Context, name string) (*drivers.Holder, error) {
	var free int64
	err := known.Ask(ctx, s.conn, "SELECT APPLOCK_TEST('public', ?, 'Exclusive', 'Session')", s.on(name), &free)
	if err != nil || free == 1 {
		return nil, err
	}
	h := &drivers.Holder{}
	err = known.Ask(ctx, s.conn, "SELECT CAST(l.request_session_id AS varchar(20)), COALESCE(s.login_name, ''), "+
		"COALESCE(s.host_name, ''), COALESCE(s.program_name, ''), s.login_time FROM sys.dm_tran_locks l "+
		"JOIN sys.dm_exec_sessions s ON s.session_id = l.request_session_id "+
		"WHERE l.resource_type = 'APPLICATION' AND l.request_status = 'GRANT' "+
		"AND l.resource_database_id = DB_ID() AND CHARINDEX('[' + ? + ']', l.resource_description) > 0",
		s.on(name), &h.Connection, &h.User, &h.Host, &h.Application, &h.Since)
	if err != nil && s.conn.State() == drivers.TxIdle && ctx.Err() == nil {
		return &drivers.Holder{}, nil
	}
	return h, err
}
