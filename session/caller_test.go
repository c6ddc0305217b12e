package session_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/session"
)

// caller is a program that uses one session as an application should, and
// remembers what it was told. Its orders are, one word each:
//
//	exec:1 queue:2 query ( ) < commit rollback close
//
// where ( opens a savepoint, ) releases it and < rolls it back. A number is
// what is inserted. When something fails the caller rolls back the innermost
// savepoint and goes on behind its end; without one, or when that fails as
// well, it gives the transaction up.
type caller struct {
	t      *testing.T
	s      *session.Session
	limit  func() (context.Context, context.CancelFunc) // of each call
	levels []level                                      // the transaction, and each savepoint
	told   told
}

// level is what a caller believes to have done at one depth of savepoints.
type level struct {
	sp  *session.Savepoint
	ids []int64
}

// told is what a caller knows at the end.
type told struct {
	committed bool
	unknown   bool
	ids       []int64 // committed, or not known to be
	errs      []error // in order
	at        string  // the order that the first of them came from
}

func runCaller(t *testing.T, e *session.Engine, orders string) told {
	forever := func() (context.Context, context.CancelFunc) { return t.Context(), func() {} }
	c := &caller{t: t, s: e.Session(), levels: []level{{}}, limit: forever}
	return c.run(orders)
}

func (c *caller) run(orders string) told {
	defer c.s.Close()
	words := strings.Fields(orders)
	for i := 0; i < len(words); i++ {
		if err := c.do(words[i]); err != nil {
			c.told.errs = append(c.told.errs, err)
			if c.told.at == "" {
				c.told.at = words[i]
			}
			end := endOf(words, i, len(c.levels)-1)
			if !c.recover() || words[i] == "commit" {
				return c.told
			}
			i = end
		}
	}
	return c.told
}

// top is the level that the caller works at.
func (c *caller) top() *level { return &c.levels[len(c.levels)-1] }

func (c *caller) querier() session.Querier {
	if sp := c.top().sp; sp != nil {
		return sp
	}
	return c.s
}

func (c *caller) queue(sql string, args ...any) error {
	if sp := c.top().sp; sp != nil {
		return sp.Queue(sql, args...)
	}
	return c.s.Queue(sql, args...)
}

func (c *caller) do(word string) error {
	ctx, cancel := c.limit()
	defer cancel()
	verb, number, _ := strings.Cut(word, ":")
	id, _ := strconv.ParseInt(number, 10, 64)
	sql := strings.Replace(insert, "?", number, 1) // so that the log tells them apart
	switch verb {
	case "exec":
		_, err := c.querier().Exec(ctx, sql)
		return c.believe(id, err)
	case "queue":
		return c.believe(id, c.queue(sql))
	case "query":
		_, err := session.Collect[int](ctx, c.querier(), ids)
		return err
	case "(":
		return c.open()
	case ")", "<":
		return c.shut(verb == ")")
	case "commit":
		return c.commit(ctx)
	case "rollback":
		return c.s.Rollback(ctx)
	case "close":
		return c.s.Close()
	}
	c.t.Fatalf("no such order: %q", word)
	return nil
}

func (c *caller) believe(id int64, err error) error {
	if err == nil {
		c.top().ids = append(c.top().ids, id)
	}
	return err
}

func (c *caller) open() (err error) {
	var sp *session.Savepoint
	if top := c.top().sp; top != nil {
		sp, err = top.Savepoint()
	} else {
		sp, err = c.s.Savepoint()
	}
	if err == nil {
		c.levels = append(c.levels, level{sp: sp})
	}
	return err
}

// shut ends the innermost savepoint.
func (c *caller) shut(keep bool) error {
	in := *c.top()
	if !keep {
		c.levels = c.levels[:len(c.levels)-1]
		return in.sp.Rollback()
	}
	if err := in.sp.Release(); err != nil {
		return err
	}
	c.levels = c.levels[:len(c.levels)-1]
	c.top().ids = append(c.top().ids, in.ids...)
	return nil
}

func (c *caller) commit(ctx context.Context) error {
	var all []int64
	for _, l := range c.levels {
		all = append(all, l.ids...)
	}
	slices.Sort(all)
	err := c.s.Commit(ctx)
	c.told.committed = err == nil
	c.told.unknown = errors.Is(err, session.ErrCommitUnknown)
	if c.told.committed || c.told.unknown {
		c.told.ids = all
	}
	c.levels = []level{{}}
	return err
}

// recover rolls the innermost savepoint back, and reports whether the
// transaction can go on.
func (c *caller) recover() bool {
	if len(c.levels) > 1 && c.shut(false) == nil {
		return true
	}
	_ = c.s.Rollback(c.t.Context())
	return false
}

// endOf is where the innermost of depth savepoints that are open at words[i]
// ends.
func endOf(words []string, i, depth int) int {
	if words[i] == ")" || words[i] == "<" {
		return i
	}
	for open := 1; i < len(words)-1 && depth > 0; {
		i++
		switch words[i] {
		case "(":
			open++
		case ")", "<":
			if open--; open == 0 {
				return i
			}
		}
	}
	return i
}
