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
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	p, err := newPlan[T](rows.Columns())
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		v, err := p.read(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// One runs a query and returns its only row; [ErrNoRows] if there is none,
// [ErrManyRows] if there are more. See [Collect] for T.
func One[T any](ctx context.Context, q Querier, sql string, args ...any) (T, error) {
	var zero, v T
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return zero, err
	}
	defer rows.Close()
	p, err := newPlan[T](rows.Columns())
	if err != nil {
		return zero, err
	}
	n := 0
	for ; n < 2 && rows.Next(); n++ {
		if n == 0 {
			if v, err = p.read(rows); err != nil {
				return zero, err
			}
		}
	}
	if err := rows.Close(); err != nil {
		return zero, err
	}
	switch n {
	case 0:
		return zero, refuse(ErrNoRows, "from [%s]", abridge(sql))
	case 1:
		return v, nil
	}
	return zero, refuse(ErrManyRows, "from [%s]", abridge(sql))
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
		for rows.Next() {
			v, err := p.read(rows)
			if !yield(v, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(zero, err)
		}
	}
}
