package migrate

import (
	"context"
	"errors"
	"slices"

	"github.com/sqlscope/sqlscope/session"
)

// stepByStep works behind a pooler that shares connections between transactions,
// where no lock lives longer than one: each step has a RunSync of its own, whose
// lock is its transaction's, and makes the plan anew.
func (m *Migrator) stepByStep(ctx context.Context, s *series, result *Result,
	fn func(context.Context, *run) error, reason error) error {
	var last *tablesError
	for {
		done, warned := len(result.Applied), len(result.Warnings)
		err := m.oneStep(ctx, &run{m: m, series: s, result: result, single: true, pooled: reason}, fn)
		again := last == nil && errors.As(err, &last)
		if err != nil {
			result.Applied = result.Applied[:done] // it was rolled back
		}
		if !again && (err != nil || len(result.Applied) == done) {
			return err
		}
		result.forget(warned)
	}
}

// oneStep runs fn in a transaction with a lock.
func (m *Migrator) oneStep(ctx context.Context, r *run, fn func(context.Context, *run) error) error {
	return m.engine.RunSync(ctx, m.lockName(r.series), func(ctx context.Context, c *session.SyncConn) error {
		r.conn = c
		return r.within(ctx, fn)
	}, session.SyncOptions{LockWait: m.opts.LockWait, PeerTimeout: m.opts.PeerTimeout,
		Tx: session.TxOptions{LockTimeout: r.lockTimeout()}})
}

// forget drops the warnings from the nth on that the next plan will give again; that a
// file was empty will not be said again.
func (r *Result) forget(n int) {
	r.Warnings = append(r.Warnings[:n], slices.DeleteFunc(r.Warnings[n:],
		func(p Problem) bool { return p.Kind != Empty })...)
}
