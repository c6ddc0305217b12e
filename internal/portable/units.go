package portable

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// values writes what databases like to change, and reads it back.
func (p *program) values(ctx context.Context) error {
	type kept struct {
		ID     int64
		At     *time.Time
		Amount *string
		Label  *string
		Ratio  *float64
	}
	east := time.FixedZone("", 5*3600+1800)
	return p.db.Do(ctx, func(ctx context.Context) error {
		for _, row := range [][]any{
			{int64(-9223372036854775808), time.Date(2024, 2, 29, 23, 59, 59, 123456000, time.UTC),
				"12345678901234.123456", "naïve Straße 日本語 🙂", 0.1},
			{int64(9223372036854775807), time.Date(1999, 12, 31, 23, 30, 0, 1000, east), "-0.000001", "", -2.5e300},
			{0, nil, nil, nil, nil},
		} {
			_, err := p.db.Exec(ctx,
				p.sql("INSERT INTO {kept} (id, at, amount, label, ratio) VALUES (?, ?, ?, ?, ?)"), row...)
			if err != nil {
				return err
			}
		}
		query := p.sql("SELECT id, at, amount, label, ratio FROM {kept} ORDER BY id")
		for k, err := range session.Each[kept](ctx, p.db, query) {
			if err != nil {
				return err
			}
			at := "NULL"
			if k.At != nil {
				at = k.At.UTC().Format(time.RFC3339Nano)
			}
			p.say("%d %s %s %s %s", k.ID, at, show(k.Amount), show(k.Label), show(k.Ratio))
		}
		return nil
	})
}

func show[V any](v *V) string {
	if v == nil {
		return "NULL"
	}
	return fmt.Sprintf("%q", fmt.Sprint(*v))
}

// savepoints lets parts fail alone, one inside the other.
func (p *program) savepoints(ctx context.Context) error {
	add := func(ctx context.Context, n int) error {
		_, err := p.db.Exec(ctx, p.sql("INSERT INTO {numbers} (n, square) VALUES (?, ?)"), n, n*n)
		return err
	}
	mine := errors.New("mine")
	err := p.db.Do(ctx, func(ctx context.Context) error {
		err := add(ctx, 1)
		for n := 10; n < 14 && err == nil; n++ {
			failed := p.db.Nested(ctx, func(ctx context.Context) error {
				if err := add(ctx, n); err != nil {
					return err
				}
				inner := p.db.Nested(ctx, func(ctx context.Context) error {
					return errors.Join(add(ctx, 10*n), add(ctx, 1)) // the second is there already
				})
				p.say("inner %d: %v", n, session.KindOf(inner))
				if n%2 == 0 {
					return mine
				}
				return add(ctx, 100*n)
			})
			p.say("outer %d: %v", n, failed)
		}
		return err
	})
	if err != nil {
		return err
	}
	return p.db.Do(ctx, func(ctx context.Context) error {
		return tell[int64](ctx, p, "numbers", "SELECT n FROM {numbers} ORDER BY n")
	})
}

// constraints breaks each of them, and tells which it was.
func (p *program) constraints(ctx context.Context) error {
	for _, c := range []struct {
		what, sql string
		args      []any
	}{
		{"the key again", "INSERT INTO {numbers} (n, square) VALUES (?, 1)", []any{1}},
		{"the name again", "INSERT INTO {vendors} (id, name) SELECT -1, name FROM {vendors} WHERE id = ?", []any{0x0014}},
		{"no such vendor", "INSERT INTO {devices} (vendor, id, name) VALUES (?, 1, 'x')", []any{-5}},
		{"a vendor with devices", "DELETE FROM {vendors} WHERE id = ?", []any{0x0014}},
		{"no name", "INSERT INTO {vendors} (id, name) VALUES (-2, ?)", []any{nil}},
		{"less than nothing", "UPDATE {devices} SET stock = ? WHERE vendor = 1841", []any{-1}},
		{"no such table", "SELECT n FROM {numbers}_that_never_was WHERE n = ?", []any{1}},
		{"nonsense", "SELEC ?", []any{1}},
	} {
		err := p.db.Do(ctx, func(ctx context.Context) error {
			_, err := p.db.Exec(ctx, p.sql(c.sql), c.args...)
			return err
		})
		p.say("%s: %v, a constraint: %v, worth a retry: %v", c.what, session.KindOf(err),
			session.IsConstraint(err), session.IsRetryable(err))
	}
	return nil
}

// endings ends units of work in every way.
func (p *program) endings(ctx context.Context) error {
	mine := errors.New("mine")
	add := func(ctx context.Context, n int) error {
		_, err := p.db.Exec(ctx, p.sql("INSERT INTO {numbers} (n, square) VALUES (?, 0)"), n)
		return err
	}
	p.say("an error: %v", p.db.Do(ctx, func(ctx context.Context) error {
		return errors.Join(mine, add(ctx, 5001))
	}))
	p.say("a panic: %v", caught(func() {
		_ = p.db.Do(ctx, func(ctx context.Context) error { panic(errors.Join(mine, add(ctx, 5002))) })
	}))
	err := p.db.Do(ctx, func(ctx context.Context) error {
		_ = errors.Join(add(ctx, 5003), add(ctx, 5003)) // nobody looks
		return add(ctx, 5004)
	})
	p.say("a failure that nobody looked at: %v", errors.Is(err, session.ErrTxFailed))
	cancelled, cancel := context.WithCancel(ctx)
	err = p.db.Do(cancelled, func(ctx context.Context) error {
		defer cancel()
		return add(ctx, 5005)
	})
	p.say("a client that left: %v", errors.Is(err, context.Canceled))
	if err := p.db.Do(ctx, func(ctx context.Context) error { return add(ctx, 5006) }); err != nil {
		return err
	}
	return p.db.Do(ctx, func(ctx context.Context) error {
		return tell[int64](ctx, p, "kept", "SELECT n FROM {numbers} WHERE n > 5000 ORDER BY n")
	})
}

func caught(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

// streamed is how many rows go in and out.
const streamed = 100_000

// stream writes a hundred thousand rows and reads them, one at a time in memory.
func (p *program) stream(ctx context.Context) error {
	return p.db.Do(ctx, func(ctx context.Context) error {
		res, err := p.db.ExecMany(ctx, p.sql("INSERT INTO {numbers} (n, square, label) VALUES (?, ?, ?)"),
			func(yield func([]any) bool) {
				row := make([]any, 3)
				for n := 10_000; n < 10_000+streamed; n++ {
					row[0], row[1], row[2] = n, n*n, fmt.Sprint("№ ", n)
					if !yield(row) {
						return
					}
				}
			})
		if err != nil {
			return err
		}
		p.say("written: %d", res.RowsAffected)
		type number struct {
			N, Square int64
			Label     string
		}
		sum, hash, read := int64(0), fnv.New64a(), 0
		query := p.sql("SELECT n, square, label FROM {numbers} WHERE n >= 10000 ORDER BY n")
		for v, err := range session.Each[number](ctx, p.db, query) {
			if err != nil {
				return err
			}
			sum += v.Square
			read++
			fmt.Fprint(hash, v.N, v.Square, v.Label)
		}
		p.say("read: %d, sum %d, hash %x", read, sum, hash.Sum64())
		for v, err := range session.Each[number](ctx, p.db, query) {
			if err != nil || v.N == 10_004 {
				p.say("left at %d: %v", v.N, err)
				break
			}
		}
		return tell[int64](ctx, p, "and went on", "SELECT count(*) FROM {numbers} WHERE n >= ?", 10_000)
	})
}
