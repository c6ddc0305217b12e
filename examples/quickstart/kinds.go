package main

import (
	"fmt"
	"net/http"
	"slices"
)

// kind is one kind of request, and what must come of it.
type kind struct {
	name string
	path string
	read bool // GET instead of POST
	// times is how often the request is sent. Each time is an order with a
	// reference of its own, except that a pair sends one order twice.
	times int
	pair  bool
	// change makes this kind's order out of an ordinary one.
	change func(*order)
	// want are the statuses that its clients must see, and how many of them;
	// nil if it may be one or another.
	want map[int]int
	// lines are those of an order of this kind that is kept.
	lines int
	// leaves says when the client stops waiting for its answer.
	leaves leaving
}

// leaving is when a client gives up.
type leaving int

const (
	never   leaving = iota
	midway          // when the handler is between two statements
	anytime         // after a time drawn at random
)

// gone is the status that a client sees which does not wait for it.
const gone = -1

const (
	created = http.StatusCreated
	failed  = http.StatusInternalServerError
)

// order is the n-th order of this kind: three devices of the catalogue in an
// allowed quantity, changed as the kind wants it.
func (k *kind) order(n int) order {
	o := order{Reference: fmt.Sprintf("%s %d", k.name, n), Quantity: 1 + n%9, Devices: []device{
		{"121a", "0005"}, {"1102", "0002"}, {"100c", "3202"}}}
	if k.change != nil {
		k.change(&o)
	}
	return o
}

// visits are those of this kind, the two of a pair together.
func (k *kind) visits() (groups [][]visit) {
	size := 1
	if k.pair {
		size = 2
	}
	for n := range k.times / size {
		groups = append(groups, slices.Repeat([]visit{{kind: k, order: k.order(n)}}, size))
	}
	return groups
}

// kinds are all kinds of requests.
var kinds = []*kind{
	{name: "read: the vendors", read: true, path: "/vendors?name=A", times: 80,
		want: map[int]int{http.StatusOK: 80}},
	{name: "read that tries to write", read: true, path: "/vendors/written", times: 20,
		want: map[int]int{failed: 20}},
	{name: "order", path: "/orders", times: 80, lines: 3,
		want: map[int]int{created: 80}},
	{name: "order, lines sent with COMMIT", path: "/orders/queued", times: 40, lines: 3,
		want: map[int]int{created: 40}},
	{name: "order, gift fails in a savepoint", path: "/orders/gift", times: 40, lines: 1,
		want: map[int]int{created: 40}},
	{name: "order sent twice", path: "/orders", times: 60, pair: true, lines: 3,
		want: map[int]int{created: 30, http.StatusConflict: 30}},
	{name: "order of an unknown device", path: "/orders", times: 40,
		change: func(o *order) { o.Devices[2].ID = "none" },
		want:   map[int]int{http.StatusUnprocessableEntity: 40}},
	{name: "order that turns out too large", path: "/orders", times: 40,
		change: func(o *order) { o.Quantity = maxPieces },
		want:   map[int]int{http.StatusUnprocessableEntity: 40}},
	{name: "order whose COMMIT fails", path: "/orders", times: 40,
		change: func(o *order) { o.Replaces = "nothing" },
		want:   map[int]int{failed: 40}},
	{name: "order, then the handler fails", path: "/orders/failing", times: 40,
		want: map[int]int{failed: 40}},
	{name: "order, then the handler panics", path: "/orders/panicking", times: 40,
		want: map[int]int{failed: 40}},
	{name: "order, client leaves midway", path: "/orders/backorder", times: 40, leaves: midway,
		want: map[int]int{gone: 40}},
	{name: "order, client leaves any time", path: "/orders/backorder", times: 80, leaves: anytime,
		lines: 1},
}
