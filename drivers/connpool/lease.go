package connpool

import "github.com/jackc/puddle/v2"

// Lease is a connection on loan. It is used by one goroutine at a time and ends
// with one call of Release or Destroy; a second call panics.
type Lease[C any] struct {
	pool *Pool[C]
	res  *puddle.Resource[*entry[C]]
}

// Conn returns the connection. It must not be used after the lease has ended.
func (l *Lease[C]) Conn() C { return l.res.Value().conn }

// Generation is what to report to [Pool.Invalidate] when the connection is lost.
func (l *Lease[C]) Generation() uint64 { return l.res.Value().generation }

// Release gives the connection back. The pool keeps it unless it is outdated,
// too old, or the pool is closed.
func (l *Lease[C]) Release() {
	res := l.end()
	if l.pool.stale(res.Value()) {
		res.Destroy()
		return
	}
	res.Release()
}

// Destroy closes the connection. It does not wait for that.
func (l *Lease[C]) Destroy() { l.end().Destroy() }

func (l *Lease[C]) end() *puddle.Resource[*entry[C]] {
	if l.res == nil {
		panic("connpool: lease ended twice")
	}
	res := l.res
	l.res = nil
	return res
}
