//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"
	"errors"
	"sync"

	"github.com/alexbrainman/odbc/api"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/connpool"
)

// pool implements [drivers.Pool] on connpool.
type pool struct {
	opts       Options
	dialect    *dialect
	desc       *drivers.Description
	connString secret
	port       string // of the server, as far as is known
	database   string // its name or file, as far as is known
	// latchString is the connection string of the file beside the database that is
	// locked; nil if there is none.
	latchString secret
	env         api.SQLHENV
	conns       *connpool.Pool[*link]

	abandoned abandoned
	workers   sync.WaitGroup // and the goroutines that cancel
	closing   sync.Once
	done      chan struct{} // closed when the environment is freed
}

// Describe implements [drivers.Pool].
func (p *pool) Describe() *drivers.Description { return p.desc }

// Acquire implements [drivers.Pool].
func (p *pool) Acquire(ctx context.Context, need drivers.Need) (drivers.Conn, error) {
	lease, err := p.conns.Acquire(ctx, need.Verified)
	if err != nil {
		return nil, err
	}
	return newConn(lease), nil
}

// Classify implements [drivers.Pool].
func (p *pool) Classify(err error) drivers.Fault { return p.dialect.classify(err) }

// Commits implements [drivers.Committer].
func (p *pool) Commits(sql string) bool { return p.dialect.commits != nil && p.dialect.commits(sql) }

// Stats implements [drivers.Pool].
func (p *pool) Stats() drivers.PoolStats {
	stats := p.conns.Stats()
	stats.Abandoned = len(p.abandoned.all())
	return stats
}

// Close implements [drivers.Pool]. It hangs up calls that were abandoned, and waits
// for them, too.
func (p *pool) Close(ctx context.Context) error {
	if err := p.conns.Close(ctx); err != nil {
		return err
	}
	for _, w := range p.abandoned.all() {
		w.hangUp()
	}
	p.free()
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return errors.Join(errors.New("odbc: calls of the ODBC driver that were given up have not returned"),
			ctx.Err())
	}
}

// free frees the environment when the last call has returned.
func (p *pool) free() {
	p.closing.Do(func() {
		go func() { // waited for through done
			p.workers.Wait()
			free(api.SQL_HANDLE_ENV, api.SQLHANDLE(p.env))
			close(p.done)
		}()
	})
}
