package session

import (
	"context"
	"iter"
)

// Collect runs a query and returns all its rows. T is a scalar for a single
// column, a map[string]any, or a struct: a column goes to the field with the
// tag `db:"name"`, or else to the field whose name in snake case it is, letter
// case aside; fields of embedded structs count too, and a tag of "-" leaves a
// field out. A column without a field is an error, a field without a column is
// left zero.
//
// Without rows the result is an empty slice.
func Collect[T any](ctx context.Context, q Querier, sql string, args ...any) ([]T, error) {
	out := []T{}
	err := read(ctx, q, sql, args, func(rows *Rows, p *plan[T]) error {
		for rows.next() {
			v, err := p.read(rows)
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return rows.err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// read runs a query and hands its rows to f, inside the session.
func read[T any](ctx context.Context, q Querier, sql string, args []any,
	f func(*Rows, *plan[T]) error) error {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	rows.session.guard.enterForRows()
	defer rows.session.leave()
	defer rows.close()
	p, err := newPlan[T](rows.Columns())
	if err != nil {
		return err
	}
	return f(rows, p)
}

// One runs a query and returns its only row; [ErrNoRows] if there is none,
// [ErrManyRows] if there are more. See [Collect] for T.
func One[T any](ctx context.Context, q Querier, sql string, args ...any) (T, error) {
	var zero, v T
	n := 0
	err := read(ctx, q, sql, args, func(rows *Rows, p *plan[T]) (err error) {
		for ; n < 2 && rows.next(); n++ {
			if n > 0 {
				continue
			}
			if v, err = p.read(rows); err != nil {
				return err
			}
		}
		return rows.close()
	})
	switch {
	case err != nil:
		return zero, err
	case n == 0:
		return zero, refuse(ErrNoRows, "from [%s]", abridge(sql))
	case n > 1:
		return zero, refuse(ErrManyRows, "from [%s]", abridge(sql))
	}
	return v, nil
}

// Each runs a query and yields its rows as they arrive; leaving the loop closes
// them. An error is yielded once, with a zero T, and ends the loop. The session
// cannot be used for anything else inside the loop. See [Collect] for T.
func Each[T any](ctx context.Context, q Querier, sql string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		rows, err := q.Query(ctx, sql, args...)
		if err != nil {
			yield(zero, err)
			return
		}
		defer rows.Close()
		p, err := newPlan[T](rows.Columns())
		if err != nil {
			yield(zero, err)
			return
		}
		for {
			v, ok, err := p.next(rows)
			if !ok && err == nil || !yield(v, err) || err != nil {
				return
			}
		}
	}
}
