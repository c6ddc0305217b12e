package main

import "net/http"

// story is all that is known about one order.
type story struct {
	reference     string
	kind          *kind
	created, gone int // clients that were told so, and that did not wait
	kept, told    int // orders in the database, announcements
	lines         int
}

// stories puts together what the books have about each order, and finds the
// orders that nobody sent.
func (b *books) stories() (sent map[string]*story, strangers []string) {
	sent = map[string]*story{}
	for _, v := range b.visits {
		s := sent[v.order.Reference]
		if s == nil {
			s = &story{reference: v.order.Reference, kind: v.kind}
			s.told = b.announced[s.reference]
			sent[s.reference] = s
		}
		s.visited(v.status)
	}
	for _, o := range b.orders {
		if s := sent[o.Reference]; s != nil {
			s.kept, s.lines = s.kept+1, o.Lines
		} else {
			strangers = append(strangers, o.Reference)
		}
	}
	return sent, strangers
}

func (s *story) visited(status int) {
	switch status {
	case http.StatusCreated:
		s.created++
	case gone:
		s.gone++
	}
}

// check checks that the order is in the database with all its lines if its
// client was told so, that it is not there if its client was told otherwise,
// and that the warehouse knows the same. If its client did not wait, either is
// right.
func (s *story) check(f *faults) {
	switch {
	case s.kept < s.created:
		f.add("%s: its client was told that it is created, and it is not", s.reference)
	case s.kept > s.created+s.gone:
		f.add("%s: is in the database, and its client was told otherwise", s.reference)
	case s.kept != s.told:
		f.add("%s: is in the database %d times, announced %d times", s.reference, s.kept, s.told)
	case s.kept > 0 && s.lines != s.kind.lines:
		f.add("%s: has %d lines, not %d", s.reference, s.lines, s.kind.lines)
	}
}
