package main

import (
	"context"
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

// announce is what the warehouse does with an order that is committed.
func (b *books) announce(reference string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.announced == nil {
		b.announced = map[string]int{}
	}
	b.announced[reference]++
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

// readDatabase reads what the database holds, with an engine of its own: what
// counts is what is in the file.
func (b *books) readDatabase(ctx context.Context, file string) error {
	engine, err := open(ctx, file)
	if err != nil {
		return err
	}
	defer engine.Close(ctx)
	read := func(ctx context.Context, s *session.Session) (err error) {
		if b.stock, err = session.One[stock](ctx, s, `
			SELECT (SELECT count(*) FROM vendors) AS vendors,
			       (SELECT count(*) FROM devices) AS devices,
			       (SELECT count(*) FROM orders) AS orders,
			       (SELECT count(*) FROM order_lines) AS lines`); err != nil {
			return err
		}
		b.orders, err = session.Collect[written](ctx, s, `
			SELECT reference, count(l.order_id) AS lines
			FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id
			GROUP BY o.id`)
		return err
	}
	return engine.Do(ctx, read, session.TxOptions{ReadOnly: true})
}
