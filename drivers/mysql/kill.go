package mysql

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	gomysql "github.com/go-sql-driver/mysql"
)

// killers is how many connections of a pool send KILLs at a time.
const killers = 4

// killKeep is how long they stay open after the last KILL.
const killKeep = 10 * time.Second

// killer sends KILL QUERY, on connections of its own. They are kept for the next
// cancellation: clients that hang up one after the other would open one each.
type killer struct {
	*dialer
	turns chan struct{} // has a value for each KILL that is under way
	sides sides
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
	return &killer{dialer: d, turns: make(chan struct{}, killers)}, nil
}

// kill ends the statement that runs on the target. It reports whether the
// server was asked; then the error says that there was no answer.
func (k *killer) kill(ctx context.Context, target *wire) (asked bool, err error) {
	select {
	case k.turns <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() { <-k.turns }()
	s, err := k.side(ctx, target)
	if err != nil {
		return false, err
	}
	err = s.send(ctx, "KILL QUERY "+strconv.FormatUint(uint64(target.id), 10))
	if err == nil || numberOf(err) != 0 { // an answer, such as 1094: there is no such connection
		k.sides.put(s)
		return true, nil
	}
	k.sides.drop(s)
	return true, err
}

// side returns a connection to the server of the target.
func (k *killer) side(ctx context.Context, target *wire) (*side, error) {
	for {
		s := k.sides.take(target)
		switch {
		case s == nil:
			s, err := k.open(ctx, target)
			if err == nil {
				err = k.sides.add(s)
			}
			return s, err
		case s.ResetSession(ctx) == nil:
			return s, nil
		}
		k.sides.drop(s) // the server has closed it
	}
}

// close closes what is kept, and what is still used when it is put back.
func (k *killer) close() {
	if k != nil {
		k.sides.close()
	}
}

// open dials the address that the target has, not the one that its name has by
// now.
func (k *killer) open(ctx context.Context, target *wire) (*side, error) {
	n, w, err := k.connect(ctx, target.RemoteAddr())
	if err != nil {
		return nil, err
	}
	s := &side{n, w}
	if s.fits(target) {
		return s, nil
	}
	s.close()
	return nil, errors.New("mysql: a second connection led to another server; use cancel=close")
}

// fits reports whether it leads to the target's server, as far as can be told.
// Ids grow: one that is not below that of a connection made later is another
// server's, behind a load balancer. A pool may know more than one server.
func (s *side) fits(target *wire) bool {
	return target.greeted && s.wire.id > target.id &&
		s.wire.RemoteAddr().String() == target.RemoteAddr().String()
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

// close may be called again.
func (s *side) close() { _ = s.native.Close() } // nothing depends on it any more
