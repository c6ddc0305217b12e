package fakedriver

import (
	"slices"
)

// cursor goes through the product of its sources. The rows of a large product
// are made one by one, as a server that streams does.
type cursor struct {
	run     *run
	sources []source
	where   expr
	at      []int
	ended   bool
}

// scope returns the next combination of rows; false: there is none.
func (c *cursor) scope() (*env, bool) {
	if c.ended {
		return nil, false
	}
	e := &env{run: c.run}
	for i, s := range c.sources {
		if len(s.rows) == 0 {
			c.ended = true
			return nil, false
		}
		e.scope = append(e.scope, binding{s.alias, s.table, s.rows[c.at[i]]})
	}
	c.advance()
	return e, true
}

func (c *cursor) advance() {
	for i := len(c.at) - 1; i >= 0; i-- {
		if c.at[i]++; c.at[i] < len(c.sources[i].rows) {
			return
		}
		c.at[i] = 0
	}
	c.ended = true
}

// match returns the next combination that the condition admits.
func (c *cursor) match() (*env, error) {
	for {
		e, ok := c.scope()
		if !ok {
			return nil, nil
		}
		if c.where == nil {
			return e, nil
		}
		if v, err := c.where(e); err != nil || v == true {
			return e, err
		}
	}
}

func (c *cursor) next(items []item) (row, error) {
	e, err := c.match()
	if e == nil || err != nil {
		return nil, err
	}
	return values(e, items)
}

func values(e *env, items []item) (row, error) {
	out := make(row, len(items))
	for i, it := range items {
		v, err := it.value(e)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// fold reads everything and returns the one row of the aggregates.
func (c *cursor) fold(items []item) (func() (row, error), error) {
	out := make(row, len(items))
	for i, it := range items {
		if it.aggregate == "count" {
			out[i] = int64(0)
		}
	}
	for {
		e, err := c.match()
		if err != nil {
			return nil, err
		}
		if e == nil {
			return list([]row{out}), nil
		}
		next, err := values(e, items)
		if err != nil {
			return nil, err
		}
		for i, it := range items {
			if out[i], err = accumulate(it.aggregate, out[i], next[i]); err != nil {
				return nil, err
			}
		}
	}
}

func accumulate(aggregate string, sum, v any) (any, error) {
	switch {
	case v == nil:
		return sum, nil
	case aggregate == "count":
		return sum.(int64) + 1, nil
	case sum == nil || aggregate == "":
		return v, nil
	case aggregate == "sum":
		return arithmetic("+", sum, v)
	}
	c, err := compare(sum, v)
	if c < 0 {
		return v, err
	}
	return sum, err
}

// sorted reads everything and returns it in order.
func (c *cursor) sorted(items []item, order []ordering) (func() (row, error), error) {
	type pair struct{ key, row row }
	keys := make([]item, len(order))
	for i, o := range order {
		keys[i].value = o.value
	}
	var all []pair
	for {
		e, err := c.match()
		if err != nil {
			return nil, err
		}
		if e == nil {
			break
		}
		key, err := values(e, keys)
		if err != nil {
			return nil, err
		}
		out, err := values(e, items)
		if err != nil {
			return nil, err
		}
		all = append(all, pair{key, out})
	}
	slices.SortStableFunc(all, func(a, b pair) int { return compareRows(a.key, b.key, order) })
	rows := make([]row, len(all))
	for i := range all {
		rows[i] = all[i].row
	}
	return list(rows), nil
}

func compareRows(a, b row, order []ordering) int {
	for i, o := range order {
		c, _ := compare(a[i], b[i])
		if o.desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func list(rows []row) func() (row, error) {
	return func() (row, error) {
		if len(rows) == 0 {
			return nil, nil
		}
		next := rows[0]
		rows = rows[1:]
		return next, nil
	}
}
