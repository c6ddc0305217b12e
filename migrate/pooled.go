package migrate

import (
	"context"
	"slices"

	"github.com/sqlscope/sqlscope/session"
)

// stepByStep works behind a pooler that shares connections between transactions,
// where no lock lives longer than one: each step has a RunSync of its own, whose
// lock is its transaction's, and makes the plan anew.
func (m *Migrator) stepByStep(ctx context.Context, s *series, result *Result,
	fn func(context.Context, *run) error, reason error) error {
	for {
		done := len(result.Applied)
		warned := len(result.Warnings)
		err := m.engine.RunSync(ctx, m.lockName(s), func(ctx context.Context, c *session.SyncConn) error {
			r := &run{m: m, series: s, conn: c, result: result, single: true, pooled: reason}
			return r.within(ctx, fn)
		}, session.SyncOptions{LockWait: m.opts.LockWait, PeerTimeout: m.opts.PeerTimeout,
			Tx: session.TxOptions{LockTimeout: (&run{m: m}).lockTimeout()}})
		if err != nil {
			result.Applied = result.Applied[:done] // it was rolled back
			return err
		}
		if len(result.Applied) == done {
			return nil
		}
		result.forget(warned)
	}
}

// forget drops the warnings from the nth on that the next plan will give again; that a
// file was empty will not be said again.
func (r *Result) forget(n int) {
	r.Warnings = append(r.Warnings[:n], slices.DeleteFunc(r.Warnings[n:],
		func(p Problem) bool { return p.Kind != Empty })...)
}
