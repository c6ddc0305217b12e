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
	if c.ended || c.empty() {
		return nil, false
	}
	e := &env{run: c.run, scope: c.bindings()}
	c.advance()
	return e, true
}

// empty tells whether a source has no rows, and so the product none.
func (c *cursor) empty() bool {
	return slices.ContainsFunc(c.sources, func(s source) bool { return len(s.rows) == 0 })
}

// bindings is the combination that the cursor is at.
func (c *cursor) bindings() (scope []binding) {
	for i, s := range c.sources {
		scope = append(scope, binding{s.alias, s.table, s.rows[c.at[i]]})
	}
	return scope
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
	for e, ok := c.scope(); ok; e, ok = c.scope() {
		if admitted, err := c.admits(e); admitted || err != nil {
			return e, err
		}
	}
	return nil, nil
}

func (c *cursor) admits(e *env) (bool, error) {
	if c.where == nil {
		return true, nil
	}
	v, err := c.where(e)
	return v == true, err
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
	sums := nothing(items)
	for {
		next, err := c.next(items)
		if err != nil {
			return nil, err
		}
		if next == nil {
			return list([]row{sums}), nil
		}
		for i, it := range items {
			if sums[i], err = accumulate(it.aggregate, sums[i], next[i]); err != nil {
				return nil, err
			}
		}
	}
}

// nothing is what the aggregates are of no rows: a count is 0, the others NULL.
func nothing(items []item) row {
	sums := make(row, len(items))
	for i, it := range items {
		if it.aggregate == "count" {
			sums[i] = int64(0)
		}
	}
	return sums
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

// sorted reads everything and returns it in order. The rows that it sorts begin
// with their keys.
func (c *cursor) sorted(items []item, order []ordering) (func() (row, error), error) {
	all, err := c.all(append(keys(order), items...))
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b row) int { return compareRows(a, b, order) })
	for i := range all {
		all[i] = all[i][len(order):]
	}
	return list(all), nil
}

func keys(order []ordering) []item {
	keys := make([]item, len(order))
	for i, o := range order {
		keys[i].value = o.value
	}
	return keys
}

func (c *cursor) all(items []item) (all []row, err error) {
	for {
		next, err := c.next(items)
		if next == nil || err != nil {
			return all, err
		}
		all = append(all, next)
	}
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
