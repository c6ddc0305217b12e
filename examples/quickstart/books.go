package main

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// books are what everybody concerned has written down about the same events:
// the clients, the warehouse, the database and the engine.
type books struct {
	address string
	took    time.Duration
	visits  []visit
	stats   session.Stats
	stock   stock
	orders  []written

	mu        sync.Mutex     // guards announced
	announced map[string]int // how often, by reference
}

// stock are the numbers of rows.
type stock struct {
	Vendors, Devices, Orders, Lines int
}

// written is an order in the database.
type written struct {
	Reference string
	Lines     int
}

// announce is what the warehouse does with an order that is committed.
func (b *books) announce(reference string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.announced == nil {
		b.announced = map[string]int{}
	}
	b.announced[reference]++
}

// readDatabase reads what the database holds, with an engine of its own: what
// counts is what is in the file.
func (b *books) readDatabase(ctx context.Context, file string) error {
	engine, err := open(ctx, file)
	if err != nil {
		return err
	}
	defer engine.Close(ctx)
	return engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		return b.readRows(ctx, store{s})
	}, session.TxOptions{ReadOnly: true})
}

func (b *books) readRows(ctx context.Context, db store) (err error) {
	if b.stock, err = db.stock(ctx); err == nil {
		b.orders, err = db.written(ctx)
	}
	return err
}

// statuses counts the statuses that the clients of a kind saw.
func (b *books) statuses(k *kind) map[int]int {
	seen := map[int]int{}
	for _, v := range b.visits {
		if v.kind == k {
			seen[v.status]++
		}
	}
	return seen
}

// outcome are the visits by what they mean to the engine.
type outcome struct{ reads, refused, left int }

func (b *books) outcome() (o outcome) {
	for _, v := range b.visits {
		switch {
		case v.status == gone:
			o.left++
		case v.status >= http.StatusBadRequest:
			o.refused++
		case v.kind.read:
			o.reads++
		}
	}
	return o
}
