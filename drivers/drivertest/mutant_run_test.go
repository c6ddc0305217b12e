package drivertest

import (
	"context"
	"errors"
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
)

// endsOnDeadlock is a database where a deadlock ends the whole transaction and
// a later statement commits by itself.
var endsOnDeadlock = fakedriver.Options{FailsAlone: true,
	EndsTx: []drivers.Kind{drivers.KindDeadlock}}

// each runs the steps of a flight one by one; do says what to make of each.
func (c *mutantConn) each(ctx context.Context, f *drivers.Flight,
	do func(i int, one *drivers.Flight) (drivers.Rows, error)) (rows drivers.Rows, err error) {
	for i := range f.Steps {
		one := &drivers.Flight{Steps: f.Steps[i : i+1]}
		f.Sent = i + 1
		if rows, err = do(i, one); err != nil {
			return nil, err
		}
		f.Done = i + 1
	}
	return rows, nil
}

func oneByOne(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	return c.each(ctx, f, func(_ int, one *drivers.Flight) (drivers.Rows, error) {
		return c.Conn.Run(ctx, one)
	})
}

// runOn does not stop at the first step that fails.
func runOn(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	var first error
	rows, _ := c.each(ctx, f, func(_ int, one *drivers.Flight) (drivers.Rows, error) {
		rows, err := c.Conn.Run(ctx, one)
		if first == nil {
			first = err
		}
		return rows, nil
	})
	if first != nil {
		return nil, first
	}
	return rows, nil
}

// swallowEarly forgets the errors of all steps but the last.
func swallowEarly(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	return c.each(ctx, f, func(i int, one *drivers.Flight) (drivers.Rows, error) {
		rows, err := c.Conn.Run(ctx, one)
		if i < len(f.Steps)-1 {
			return rows, nil
		}
		return rows, err
	})
}

func swallowCommit(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	rows, err := c.Conn.Run(ctx, f)
	if f.Steps[len(f.Steps)-1].Op == drivers.OpCommit {
		f.Done = len(f.Steps)
		return nil, nil
	}
	return rows, err
}

// keepTransaction leaves the transaction open when it is to be rolled back, and
// lets the next one begin inside it.
func keepTransaction(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	return c.each(ctx, f, func(_ int, one *drivers.Flight) (drivers.Rows, error) {
		switch op := one.Steps[0].Op; {
		case op == drivers.OpRollback && c.Conn.State() == drivers.TxActive:
			c.began = false
			return nil, nil
		case op == drivers.OpBegin && c.Conn.State() == drivers.TxActive:
			c.began = true
			return nil, nil
		}
		return c.Conn.Run(ctx, one)
	})
}

// alwaysIdle says that nothing is open when nothing should be.
func alwaysIdle(c *mutantConn) drivers.TxState {
	if c.Conn.State() == drivers.TxActive && !c.began {
		return drivers.TxIdle
	}
	return c.Conn.State()
}

func neverEnded(c *mutantConn) drivers.TxState {
	if s := c.Conn.State(); s != drivers.TxIdle || !c.began {
		return s
	}
	return drivers.TxActive
}

func neverLost(c *mutantConn) drivers.TxState {
	if s := c.Conn.State(); s != drivers.TxLost {
		return s
	}
	return drivers.TxActive
}

// savepointsAlways claims that savepoints work without a transaction, and
// remembers what the session believes.
func savepointsAlways(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	return c.each(ctx, f, func(_ int, one *drivers.Flight) (drivers.Rows, error) {
		switch one.Steps[0].Op {
		case drivers.OpBegin:
			c.began = true
		case drivers.OpCommit, drivers.OpRollback:
			c.began = false
		case drivers.OpRollbackTo, drivers.OpRelease:
			if c.Conn.State() == drivers.TxIdle {
				return nil, nil
			}
		}
		return c.Conn.Run(ctx, one)
	})
}

// countsOne reports one row for every statement that touched any.
func countsOne(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	rows, err := c.Conn.Run(ctx, f)
	for i := range f.Steps {
		f.Steps[i].Result.RowsAffected = min(f.Steps[i].Result.RowsAffected, 1)
	}
	return rows, err
}

// stickyReadOnly begins every transaction of a connection read-only that had
// one before.
func stickyReadOnly() func(context.Context, *mutantConn, *drivers.Flight) (drivers.Rows, error) {
	return sticky(func(c *mutantConn, tx *drivers.TxOptions) {
		c.readOnly = c.readOnly || tx.ReadOnly
		tx.ReadOnly = c.readOnly
	})
}

func stickyTimeout() func(context.Context, *mutantConn, *drivers.Flight) (drivers.Rows, error) {
	return sticky(func(c *mutantConn, tx *drivers.TxOptions) {
		if tx.StatementTimeout == 0 {
			tx.StatementTimeout = c.last.StatementTimeout
		}
		c.last = *tx
	})
}

// stickySettings keeps a variable that the next transaction does not set.
func stickySettings() func(context.Context, *mutantConn, *drivers.Flight) (drivers.Rows, error) {
	return sticky(func(c *mutantConn, tx *drivers.TxOptions) {
		if tx.Settings == (drivers.Settings{}) {
			tx.Settings = c.last.Settings
		}
		c.last = *tx
	})
}

// escapeSettings does to values what makes them harmless in a text.
func escapeSettings() func(context.Context, *mutantConn, *drivers.Flight) (drivers.Rows, error) {
	return sticky(func(_ *mutantConn, tx *drivers.TxOptions) {
		for name, value := range tx.Settings.All() {
			tx.Settings = tx.Settings.With(name, strings.ReplaceAll(value, "'", "''"))
		}
	})
}

// settingsApart begins a transaction with settings in a flight of its own.
func settingsApart(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	if tx := f.Steps[0].Tx; tx == nil || tx.Settings == (drivers.Settings{}) || len(f.Steps) == 1 {
		return c.Conn.Run(ctx, f)
	}
	if _, err := c.Conn.Run(ctx, &drivers.Flight{Steps: f.Steps[:1]}); err != nil {
		return nil, err
	}
	rest := &drivers.Flight{Steps: f.Steps[1:]}
	rows, err := c.Conn.Run(ctx, rest)
	f.Sent, f.Done = rest.Sent+1, rest.Done+1
	return rows, err
}

// sticky changes the options of every transaction.
func sticky(change func(*mutantConn, *drivers.TxOptions)) func(context.Context, *mutantConn,
	*drivers.Flight) (drivers.Rows, error) {
	return func(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
		if step := &f.Steps[0]; step.Op == drivers.OpBegin {
			tx := drivers.TxOptions{}
			if step.Tx != nil {
				tx = *step.Tx
			}
			change(c, &tx)
			old := step.Tx
			step.Tx = &tx
			defer func() { step.Tx = old }()
		}
		return c.Conn.Run(ctx, f)
	}
}

// replays sends a flight that was lost once more on another connection, as a
// client library does that takes every lost connection for one that was idle.
func replays(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	rows, err := c.Conn.Run(ctx, f)
	if c.pool.Pool.Classify(orNone(err)).Kind != drivers.KindConnLost {
		return rows, err
	}
	fresh, dialErr := c.pool.Pool.Acquire(ctx, drivers.Need{})
	if dialErr != nil {
		return nil, err
	}
	c.Conn.Destroy()
	c.Conn = fresh
	return fresh.Run(ctx, f)
}

var errNone = errors.New("none")

func orNone(err error) error {
	if err == nil {
		return errNone
	}
	return err
}

// sentNothing claims after a failure that nothing had been sent.
func sentNothing(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error) {
	rows, err := c.Conn.Run(ctx, f)
	if err != nil {
		f.Sent = 0
	}
	return rows, err
}

// useOnce closes every connection that comes back.
func useOnce(c *mutantConn) { c.Conn.Destroy() }
