package postgres

import (
	"context"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// cancelAgain is how long a cancelled statement may go on before the request is
// repeated; the time doubles with each.
const cancelAgain = 20 * time.Millisecond

// watch cancels on the server when the context of a flight ends.
//
// pgconn never sees that context: its default answer is to close the socket.
// The watch sends a cancel request from the side, and gives the connection's
// reads and writes a deadline, so that a server that says nothing gives control
// back. Whoever ends the flight waits for the request to end: the server
// closes the request's connection after it has signalled the backend, and a
// backend that is signalled while it waits for a command drops the signal, so
// that no later statement is hit. See ProcessInterrupts and DoingCommandRead in
// https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/tcop/postgres.c
// For the same reason a request that overtakes its statement has no effect, so
// it is sent again until the flight ends.
type watch struct {
	pg    *pgconn.PgConn
	net   net.Conn
	grace time.Duration

	ctx    context.Context
	stop   func() bool   // nil when ctx cannot end
	fire   func()        // cancel, bound once
	landed chan struct{} // gets a value when the flight has ended
	done   chan struct{} // gets a value when cancel has ended
	unsure bool          // cancel ran out of time: the signal may still come
}

func (w *watch) init(pg *pgconn.PgConn, grace time.Duration) {
	w.pg, w.net, w.grace = pg, pg.Conn(), grace
	w.fire = w.cancel
	w.landed, w.done = make(chan struct{}, 1), make(chan struct{}, 1)
}

func (w *watch) start(ctx context.Context) {
	w.ctx, w.stop, w.unsure = ctx, nil, false
	if ctx.Done() != nil {
		w.stop = context.AfterFunc(ctx, w.fire)
	}
}

// cancel runs on a goroutine of its own, at most once between start and end. A
// request is never interrupted: half of one could hit anything.
func (w *watch) cancel() {
	deadline := time.Now().Add(w.grace)
	_ = w.net.SetDeadline(deadline) // fails on a closed connection, which reads fail on too
	ctx, free := context.WithDeadline(context.Background(), deadline)
	defer free()
	for wait := cancelAgain; ; wait *= 2 {
		_ = w.pg.CancelRequest(ctx) // if it cannot be delivered, the deadline remains
		w.unsure = ctx.Err() != nil
		if w.unsure || w.isOver(ctx, wait) {
			break
		}
	}
	w.done <- struct{}{}
}

// isOver waits for the end of the flight.
func (w *watch) isOver(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-w.landed:
		return true
	case <-ctx.Done():
		return true
	case <-timer.C:
		return false
	}
}

// end stops watching and reports whether the context had ended the flight.
func (w *watch) end() (fired bool) {
	if w.stop == nil || w.stop() {
		return false
	}
	w.landed <- struct{}{}
	<-w.done
	select {
	case <-w.landed: // cancel was over before it could look
	default:
	}
	if !w.pg.IsClosed() {
		_ = w.net.SetDeadline(time.Time{})
	}
	return true
}

// abandon stops watching a connection that is closed without waiting.
func (w *watch) abandon() {
	if w.stop != nil && !w.stop() {
		w.landed <- struct{}{} // nobody watches with this connection again
	}
}

// also replaces the context by one that has nothing to do with it. When the
// first has ended already, its cancellation is under way and enough.
func (w *watch) also(ctx context.Context) {
	if w.stop == nil || w.stop() {
		w.start(ctx)
	}
}
