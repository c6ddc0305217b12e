package migrate

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sqlscope/sqlscope/migrate/source"
)

// Accept records the present text of migrations that were edited after they were
// applied: of those with the versions given, or of all. It runs nothing. The
// records that it wrote are returned.
func (m *Migrator) Accept(ctx context.Context, versions ...string) ([]Record, error) {
	wanted, err := parseAll(versions)
	if err != nil {
		return nil, err
	}
	var all []Record
	for _, s := range m.series {
		records, err := m.accept(ctx, s, wanted)
		all = append(all, records...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// accept does it for one source.
func (m *Migrator) accept(ctx context.Context, s *series, wanted []source.Version) (out []Record, err error) {
	err = m.underLock(ctx, s, &Result{}, func(ctx context.Context, r *run) (err error) {
		out, err = r.write(ctx, r.accepted(wanted))
		return err
	})
	return out, err
}

func parseAll(versions []string) ([]source.Version, error) {
	var out []source.Version
	for _, text := range versions {
		v, err := source.ParseVersion(text)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// accepted are the records that accept what was edited.
func (r *run) accepted(wanted []source.Version) []*Record {
	var records []*Record
	for _, v := range r.state.order {
		old, mg := r.state.applied[v], r.series.byVersion[v]
		chosen := len(wanted) == 0 || slices.Contains(wanted, v)
		if mg != nil && chosen && r.series.differs(old, mg) {
			records = append(records, r.declare(KindAccept, v, mg.Name, mg.Checksum))
		}
	}
	return records
}

// declare is a record of something that was not run.
func (r *run) declare(kind Kind, v source.Version, name, checksum string) *Record {
	now := time.Now()
	return &Record{Source: r.series.name, Version: v, Name: name, Kind: kind, Checksum: checksum,
		Started: now, Finished: now, AppliedBy: r.m.opts.AppliedBy, Outcome: Done}
}

// write writes records in one transaction, where there is one.
func (r *run) write(ctx context.Context, records []*Record) ([]Record, error) {
	for i, rec := range records {
		rec.Seq = r.state.seq + int64(i) + 1
	}
	err := r.inTx(ctx, func(ctx context.Context, t tx) error { return r.store.insertAll(ctx, t, records) })
	if err != nil {
		return nil, err
	}
	for _, rec := range records {
		r.state.add(rec)
	}
	return copies(records), nil
}

// writeFirst writes the first records of a source, and makes their table if it is
// not there.
func (r *run) writeFirst(ctx context.Context, records []*Record) ([]Record, error) {
	if err := r.create(ctx); err != nil {
		return nil, err
	}
	return r.write(ctx, records)
}

// Baseline declares that a schema which is there already is at a version: every
// known migration up to it is recorded as a baseline, and none is run. It is
// refused when something was applied before. Source may be left out if there is
// one only.
func (m *Migrator) Baseline(ctx context.Context, version, sourceName string) ([]Record, error) {
	to, err := source.ParseVersion(version)
	if err != nil {
		return nil, err
	}
	s, err := m.one(sourceName)
	if err != nil {
		return nil, err
	}
	var out []Record
	err = m.underLock(ctx, s, &Result{}, func(ctx context.Context, r *run) error {
		if err := r.refuseApplied(); err != nil {
			return err
		}
		out, err = r.writeFirst(ctx, r.baselines(to))
		return err
	})
	return out, err
}

// baselines are the records that declare all versions up to one.
func (r *run) baselines(to source.Version) []*Record {
	var records []*Record
	for _, mg := range r.series.set.Migrations {
		if mg.Version.Compare(to) <= 0 {
			records = append(records, r.declare(KindBaseline, mg.Version, mg.Name, mg.Checksum))
		}
	}
	if r.series.byVersion[to] == nil {
		records = append(records, r.declare(KindBaseline, to, "baseline", ""))
	}
	return records
}

// refuseApplied fails if the history has something in it.
func (r *run) refuseApplied() error {
	if n := len(r.state.applied) + len(r.state.open); n > 0 {
		return refuse("source %s has %d migrations in its history already", r.series.name, n)
	}
	return nil
}

// Verify looks whether the history and the migrations fit, and whether the pending
// ones can be split and run, without running any. It reads and does nothing else.
func (m *Migrator) Verify(ctx context.Context) ([]Problem, error) {
	p, err := m.Plan(ctx)
	var refused *PlanError
	if errors.As(err, &refused) {
		return refused.Problems, nil
	}
	return p.Problems, err
}
