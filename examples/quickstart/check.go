package main

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/sqlscope/sqlscope/testdata/pciids"
)

// faults are the sentences about what does not add up.
type faults []string

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// err is nil if there are none. It does not list all of very many.
func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	const enough = 10
	text, rest := f, ""
	if len(f) > enough {
		text, rest = f[:enough], fmt.Sprintf("\n  and %d more", len(f)-enough)
	}
	return errors.New("the books do not balance:\n  " + strings.Join(text, "\n  ") + rest)
}

// check compares the books with each other.
func (b *books) check() error {
	var f faults
	b.checkAnswers(&f)
	b.checkOrders(&f)
	b.checkRows(&f)
	b.checkEngine(&f)
	return f.err()
}

// checkAnswers compares the statuses that clients saw with those they should.
func (b *books) checkAnswers(f *faults) {
	for _, v := range b.visits {
		if v.err != nil {
			f.add("%s: no answer: %v", v.order.Reference, v.err)
		}
	}
	for _, k := range kinds {
		if seen := b.statuses(k); k.want != nil && !maps.Equal(seen, k.want) {
			f.add("%s: answers are %s, should be %s", k.name, tally(seen), tally(k.want))
		}
	}
}

// story is what the clients know about one order.
type story struct {
	kind          *kind
	created, gone int // answers
	kept, told    int // orders in the database, announcements
	lines         int
}

// stories puts together what is known about each order.
func (b *books) stories(f *faults) map[string]*story {
	all := map[string]*story{}
	for _, v := range b.visits {
		s := all[v.order.Reference]
		if s == nil {
			s = &story{kind: v.kind, told: b.announced[v.order.Reference]}
			all[v.order.Reference] = s
		}
		switch v.status {
		case http.StatusCreated:
			s.created++
		case gone:
			s.gone++
		}
	}
	for _, o := range b.orders {
		if s := all[o.Reference]; s != nil {
			s.kept, s.lines = s.kept+1, o.Lines
		} else {
			f.add("%s: is in the database, but nobody sent it", o.Reference)
		}
	}
	return all
}

// checkOrders checks that each order whose client was told so is in the
// database with all its lines, no other is, and the warehouse knows the same
// ones. Of an order whose client did not wait either is right.
func (b *books) checkOrders(f *faults) {
	for reference, s := range b.stories(f) {
		switch {
		case s.kept < s.created:
			f.add("%s: its client was told that it is created, and it is not", reference)
		case s.kept > s.created+s.gone:
			f.add("%s: is in the database, and its client was told otherwise", reference)
		case s.kept != s.told:
			f.add("%s: is in the database %d times, announced %d times", reference, s.kept, s.told)
		case s.kept > 0 && s.lines != s.kind.lines:
			f.add("%s: has %d lines, not %d", reference, s.lines, s.kind.lines)
		}
	}
}

// checkRows checks that the catalogue is complete and every line has its order.
func (b *books) checkRows(f *faults) {
	devices := strings.Count(pciids.List, "\n\t")
	if b.stock.Devices != devices {
		f.add("the catalogue has %d devices, its source %d", b.stock.Devices, devices)
	}
	lines := 0
	for _, o := range b.orders {
		lines += o.Lines
	}
	if b.stock.Lines != lines {
		f.add("there are %d lines, those of orders are %d", b.stock.Lines, lines)
	}
}

// checkEngine compares the engine's numbers with the requests.
func (b *books) checkEngine(f *faults) {
	const preparations = 2 // the schema, the catalogue
	refused, left, reads := 0, 0, 0
	for _, v := range b.visits {
		switch {
		case v.status == gone:
			left++
		case v.status >= http.StatusBadRequest:
			refused++
		case v.kind.read:
			reads++
		}
	}
	s := &b.stats
	if want := int64(preparations + reads + len(b.announced)); s.Commits != want {
		f.add("the engine committed %d times, should have %d times", s.Commits, want)
	}
	if s.Rollbacks < int64(refused) || s.Rollbacks > int64(refused+left) {
		f.add("the engine rolled back %d times; %d requests were refused and %d clients left",
			s.Rollbacks, refused, left)
	}
	if s.Pool.Opened > maxConns {
		f.add("%d connections were opened, the limit is %d", s.Pool.Opened, maxConns)
	}
	if s.InUse+s.Waiting+s.Pool.Open != 0 || s.UnknownCommits+s.Forgotten != 0 {
		f.add("the engine did not come to rest: %+v", *s)
	}
}
