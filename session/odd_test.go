package session_test

import (
	"context"
	"errors"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// oddPool is a pool of a driver that is legal and unlike the fake.
type oddPool struct {
	*fakedriver.Pool
	rows  func(drivers.Rows) drivers.Rows       // nil: as they are
	state func(drivers.TxState) drivers.TxState // nil: as it is
	run   func(*drivers.Flight) error           // asked before the fake; nil: never refuses
}

func (p *oddPool) Acquire(ctx context.Context, need drivers.Need) (drivers.Conn, error) {
	c, err := p.Pool.Acquire(ctx, need)
	if err != nil {
		return nil, err
	}
	return &oddConn{Conn: c, Locker: c.(drivers.Locker), pool: p}, nil
}

type oddConn struct {
	drivers.Conn
	drivers.Locker
	pool *oddPool
}

func (c *oddConn) State() drivers.TxState {
	if c.pool.state != nil {
		return c.pool.state(c.Conn.State())
	}
	return c.Conn.State()
}

func (c *oddConn) Release() {
	if c.State() == drivers.TxLost {
		c.Conn.Destroy() // the fake does not know that it is lost
		return
	}
	c.Conn.Release()
}

func (c *oddConn) Run(ctx context.Context, f *drivers.Flight) (drivers.Rows, error) {
	if c.pool.run != nil {
		if err := c.pool.run(f); err != nil {
			return nil, err
		}
	}
	rows, err := c.Conn.Run(ctx, f)
	if rows != nil && c.pool.rows != nil {
		rows = c.pool.rows(rows)
	}
	return rows, err
}

// newOddBed is newBed on an odd pool.
func newOddBed(t *testing.T, fake fakedriver.Options, p *oddPool) *bed {
	t.Helper()
	b := &bed{t: t, db: fakedriver.New(fake), log: &logged{}}
	b.raw("CREATE TABLE t (id bigint, name text)")
	b.db.ResetLog()
	p.Pool = b.db.NewPool()
	var err error
	if b.Engine, err = session.New(p, session.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.finish)
	return b
}

// poisoned are rows that a value which does not fit spoils for good, as some
// client libraries do it.
type poisoned struct {
	drivers.Rows
	err error
}

func (p *poisoned) Next() bool { return p.err == nil && p.Rows.Next() }

func (p *poisoned) Scan(dest ...any) error {
	p.err = p.Rows.Scan(dest...)
	return p.err
}

func (p *poisoned) Values() ([]any, error) {
	p.err = errors.New("odd: a value that Go has no type for")
	return nil, p.err
}

func (p *poisoned) Err() error { return p.err }

func (p *poisoned) Close() error { _ = p.Rows.Close(); return p.err }

func TestAValueThatDoesNotFitIsNoFailureOfTheStatementOnAnyDriver(t *testing.T) {
	for name, read := range map[string]func(context.Context, session.Querier) error{
		"scan": func(ctx context.Context, q session.Querier) error {
			_, err := session.Collect[bool](ctx, q, "SELECT name FROM t")
			return err
		},
		"map": func(ctx context.Context, q session.Querier) error {
			_, err := session.Collect[map[string]any](ctx, q, "SELECT name FROM t")
			return err
		},
		"each": func(ctx context.Context, q session.Querier) error {
			for _, err := range session.Each[bool](ctx, q, "SELECT name FROM t") {
				return err
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newOddBed(t, fakedriver.Options{}, &oddPool{
				rows: func(r drivers.Rows) drivers.Rows { return &poisoned{Rows: r} }})
			s := b.Session()
			defer s.Close()
			_, err := s.Exec(t.Context(), "INSERT INTO t (id, name) VALUES (1, 'x')")
			wantIs(t, err, nil)
			wantIs(t, read(t.Context(), s), session.ErrScan)
			wantState(t, s, session.StateActive)
			wantIs(t, s.Commit(t.Context()), nil)
			b.wantContent(1)
		})
	}
}

// reused are rows that read into the slice that is there.
type reused struct{ drivers.Rows }

func (r reused) Scan(dest ...any) error {
	values, err := r.Values()
	if err == nil {
		d := dest[0].(*[]byte)
		*d = append((*d)[:0], values[0].(string)...)
	}
	return err
}

func TestBytesOfOneRowAreNotThoseOfTheNext(t *testing.T) {
	b := newOddBed(t, fakedriver.Options{}, &oddPool{
		rows: func(r drivers.Rows) drivers.Rows { return reused{r} }})
	s := b.Session()
	defer s.Close()
	_, err := s.Exec(t.Context(), "INSERT INTO t (id, name) VALUES (1, 'one'), (2, 'two')")
	wantIs(t, err, nil)
	got, err := session.Collect[[]byte](t.Context(), s, "SELECT name FROM t ORDER BY id")
	wantIs(t, err, nil)
	if string(got[0]) != "one" || string(got[1]) != "two" {
		t.Errorf("read %q", got)
	}
}

func TestAStatementThatADriverRefusesToSendChangesNothing(t *testing.T) {
	cannot := errors.New("odd: this cannot be encoded")
	refused := false
	b := newOddBed(t, fakedriver.Options{}, &oddPool{run: func(f *drivers.Flight) error {
		for _, step := range f.Steps {
			if len(step.Args) > 0 && step.Args[0] == "odd" {
				refused = true
				return cannot
			}
		}
		return nil
	}})
	for _, before := range []func(*session.Session){
		func(*session.Session) {},
		func(s *session.Session) { b.exec(s, 1) },
	} {
		s := b.Session()
		before(s)
		state, inUse := s.State(), b.Stats().InUse
		_, err := s.Exec(t.Context(), insert, "odd")
		wantIs(t, err, cannot)
		wantState(t, s, state)
		if n := b.Stats().InUse; n != inUse || !refused {
			t.Errorf("%d connections are held, before it were %d", n, inUse)
		}
		b.exec(s, 2)
		wantIs(t, s.Commit(t.Context()), nil)
	}
	b.wantContent(1, 2, 2)
	s := b.Session()
	defer s.Close()
	wantIs(t, s.Queue(insert, "odd"), nil)
	err := s.Commit(t.Context())
	wantIs(t, err, cannot) // and not an unknown outcome: nothing was sent
	if errors.Is(err, session.ErrCommitUnknown) {
		t.Errorf("%v", err)
	}
	wantState(t, s, session.StateIdle)
}

func TestACommitBehindAStatementThatTheServerRefusedIsKnownNotToHaveHappened(t *testing.T) {
	gone := false
	b := newOddBed(t, fakedriver.Options{}, &oddPool{state: func(st drivers.TxState) drivers.TxState {
		if gone {
			return drivers.TxLost
		}
		return st
	}})
	for _, c := range []struct {
		at      drivers.Op
		kind    session.Kind
		unknown bool
	}{
		{drivers.OpExec, session.KindUnique, false},
		{drivers.OpExec, session.KindConnLost, true},
		{drivers.OpExec, session.KindCancelled, true},
		// A code alone does not say who made it up: COMMIT itself got no answer.
		{drivers.OpCommit, session.KindResource, true},
	} {
		s := b.Session()
		b.exec(s, 1)
		wantIs(t, s.Queue(insert, 2), nil)
		remove := b.db.OnRun(func(_ context.Context, step drivers.Step) *fakedriver.Reaction {
			if gone || step.Op != c.at {
				return nil
			}
			gone = true // after its answer, and before that of COMMIT
			return &fakedriver.Reaction{Err: fakedriver.Errorf(c.kind, "refused")}
		})
		err := s.Commit(t.Context())
		if got := errors.Is(err, session.ErrCommitUnknown); got != c.unknown || session.KindOf(err) != c.kind {
			t.Errorf("%v: unknown is %v: %v", c.kind, got, err)
		}
		_ = s.Close()
		remove()
		gone = false
	}
}

func TestATransactionBegunByHandAndLeftOpenFailsRunSync(t *testing.T) {
	left := true
	b := newOddBed(t, plainDDL(), &oddPool{state: func(st drivers.TxState) drivers.TxState {
		if left && st == drivers.TxIdle {
			return drivers.TxActive
		}
		return st
	}})
	err := b.RunSync(t.Context(), "v1", inSteps(insertOne))
	wantIs(t, err, session.ErrTxFailed)
	wantText(t, err.Error(), "begun by hand")
}

const insertOne = "INSERT INTO t (id) VALUES (1)"
