package main

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/sqlscope/sqlscope/testdata/pciids"
)

// faults are the sentences about what does not add up.
type faults []string

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// err is nil if there are none. It does not list all of very many.
func (f faults) err() error {
	const enough = 10
	if len(f) == 0 {
		return nil
	}
	if more := len(f) - enough; more > 0 {
		f = append(f[:enough:enough], fmt.Sprintf("and %d more", more))
	}
	return errors.New("the books do not balance:\n  " + strings.Join(f, "\n  "))
}

// check compares the books with each other.
func (b *books) check() error { return b.faults().err() }

func (b *books) faults() (f faults) {
	b.checkAnswers(&f)
	b.checkOrders(&f)
	b.checkRows(&f)
	b.checkEngine(&f)
	return f
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

// checkOrders checks every order that was sent or is in the database.
func (b *books) checkOrders(f *faults) {
	sent, strangers := b.stories()
	for _, reference := range strangers {
		f.add("%s: is in the database, but nobody sent it", reference)
	}
	for _, s := range sent {
		s.check(f)
	}
}

// checkRows checks that the catalogue is complete and every line has its order.
func (b *books) checkRows(f *faults) {
	if want := strings.Count(pciids.List, "\n\t"); b.stock.Devices != want {
		f.add("the catalogue has %d devices, its source %d", b.stock.Devices, want)
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
	s, o := &b.stats, b.outcome()
	if want := preparations + o.reads + len(b.announced); s.Commits != int64(want) {
		f.add("the engine committed %d times, should have %d times", s.Commits, want)
	}
	// A client that leaves early enough leaves nothing to roll back.
	if s.Rollbacks < int64(o.refused) || s.Rollbacks > int64(o.refused+o.left) {
		f.add("the engine rolled back %d times; %d requests were refused, %d clients left",
			s.Rollbacks, o.refused, o.left)
	}
	b.checkRest(f)
}

// checkRest checks that requests that ended badly have cost no connection, and
// that none is left open.
func (b *books) checkRest(f *faults) {
	s := &b.stats
	if s.Pool.Opened > maxConns {
		f.add("%d connections were opened, %d are allowed", s.Pool.Opened, maxConns)
	}
	if s.InUse+s.Waiting+s.Pool.Open != 0 || s.UnknownCommits+s.Forgotten != 0 {
		f.add("the engine did not come to rest: %+v", *s)
	}
}
