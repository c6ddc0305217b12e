package mysql

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"

	gomysql "github.com/go-sql-driver/mysql"
)

// killers is how many connections of a pool send KILLs at a time.
const killers = 4

// killer sends KILL QUERY, on connections that live as long as there is somebody
// to kill for: a burst of cancellations shares a few.
type killer struct {
	*dialer
	slots   chan *side // as many as may be open; a nil is one that is not
	waiting atomic.Int32
}

// side is a connection that sends KILLs.
type side struct {
	native
	wire *wire
}

// newKiller leaves out what a connection for one command can do without. The
// size of a packet is given so that nobody asks for it.
func newKiller(cfg *gomysql.Config) (*killer, error) {
	cfg = cfg.Clone()
	cfg.Params, cfg.MaxAllowedPacket = nil, 1<<20
	d, err := newDialer(cfg)
	if err != nil {
		return nil, err
	}
	k := &killer{dialer: d, slots: make(chan *side, killers)}
	for range killers {
		k.slots <- nil
	}
	return k, nil
}

// kill ends the statement that runs on the target. It reports whether the
// server was asked; then the error says that there was no answer.
func (k *killer) kill(ctx context.Context, target *wire) (asked bool, err error) {
	s, err := k.take(ctx)
	if err != nil {
		k.sweep()
		return false, err
	}
	defer func() { k.put(s) }()
	if s != nil && s.wire.RemoteAddr().String() != target.RemoteAddr().String() {
		s = s.close() // the pool knows more than one server
	}
	if s == nil {
		if s, err = k.open(ctx, target); err != nil {
			return false, err
		}
	}
	err = s.send(ctx, "KILL QUERY "+strconv.FormatUint(uint64(target.id), 10))
	if err == nil || numberOf(err) != 0 { // an answer, such as 1094: there is no such connection
		return true, nil
	}
	s = s.close()
	return true, err
}

func (k *killer) take(ctx context.Context) (*side, error) {
	k.waiting.Add(1)
	defer k.waiting.Add(-1)
	select {
	case s := <-k.slots:
		return s, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (k *killer) put(s *side) {
	k.slots <- s
	k.sweep()
}

// sweep closes what nobody waits for. Whoever has waited sweeps in the end, so
// that the last one leaves nothing open: that somebody waited when a connection
// was put back does not say that he took this one.
func (k *killer) sweep() {
	for range killers {
		if k.waiting.Load() > 0 {
			return
		}
		select {
		case s := <-k.slots:
			k.slots <- s.close()
		default:
			return
		}
	}
}

// open dials the address that the target has, not the one that its name has by
// now. Ids grow: one that is not below that of a connection made later is
// another server's, behind a load balancer.
func (k *killer) open(ctx context.Context, target *wire) (*side, error) {
	n, w, err := k.connect(ctx, target.RemoteAddr())
	if err != nil {
		return nil, err
	}
	s := &side{n, w}
	if target.greeted && w.id > target.id {
		return s, nil
	}
	s.close()
	return nil, errors.New("mysql: a second connection led to another server; use cancel=close")
}

// send runs a statement; when ctx ends its connection is closed.
func (s *side) send(ctx context.Context, sql string) error {
	stop := context.AfterFunc(ctx, func() { _ = s.wire.Close() })
	defer stop()
	_, err := s.ExecContext(context.Background(), sql, nil)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

// close returns nil, which is what is left; nil may be closed.
func (s *side) close() *side {
	if s != nil {
		_ = s.native.Close() // nothing depends on it any more
	}
	return nil
}
