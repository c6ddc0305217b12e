package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// desk is what the service does. Its methods run in the scope that their
// context carries, and what they do is done together or not at all.
type desk struct {
	db       *scoped.Registry
	products products
	orders   orders
}

func newDesk(db *scoped.Registry) *desk {
	return &desk{db: db, products: products{db}, orders: orders{db}}
}

// wish is what a customer asks for.
type wish struct {
	Customer string `json:"customer"`
	Lines    []line `json:"lines"`
}

// place takes an order: all of it, or nothing. It runs in a savepoint, so that
// whoever called it can go on after a refusal.
func (d *desk) place(ctx context.Context, w wish) (id string, err error) {
	w.Customer = strings.TrimSpace(w.Customer)
	if err := w.check(); err != nil {
		return "", err
	}
	id = rand.Text()[:8]
	err = d.db.Do(ctx, func(ctx context.Context) error {
		if err := d.orders.add(ctx, id, w.Customer, time.Now()); err != nil {
			return err
		}
		for _, l := range w.Lines {
			if err := d.take(ctx, id, l); err != nil {
				return err
			}
		}
		return nil
	}, scoped.Nested)
	return id, err
}

// take moves goods from the shelf into an order. The shelf comes first: to
// write a line that refers to a product MariaDB locks the product for reading,
// and two who did so would then wait for each other.
func (d *desk) take(ctx context.Context, id string, l line) error {
	p, err := d.products.one(ctx, l.SKU)
	if err != nil {
		return err
	}
	l.Cents = p.Cents
	err = d.products.move(ctx, l.SKU, -l.Quantity)
	if session.KindOf(err) == session.KindCheck {
		return fmt.Errorf("%w: there are not %d of “%s” left", errRefused, l.Quantity, p.Name)
	}
	if err != nil {
		return err
	}
	return d.orders.addLine(ctx, id, l)
}

// check says what can be said without a database. It puts the lines in order:
// two orders for the same goods then wait for each other and never in a circle.
func (w *wish) check() error {
	slices.SortFunc(w.Lines, func(a, b line) int { return cmp.Compare(a.SKU, b.SKU) })
	switch {
	case w.Customer == "":
		return fmt.Errorf("%w: an order needs the name of a customer", errRefused)
	case len(w.Customer) > 60:
		return fmt.Errorf("%w: the name of the customer is too long", errRefused)
	case len(w.Lines) == 0:
		return fmt.Errorf("%w: an order needs at least one piece of something", errRefused)
	}
	for i, l := range w.Lines {
		if l.Quantity < 1 || l.Quantity > 1000 {
			return fmt.Errorf("%w: %d is not a quantity that can be ordered", errRefused, l.Quantity)
		}
		if i > 0 && w.Lines[i-1].SKU == l.SKU {
			return fmt.Errorf("%w: %q stands in the order twice", errRefused, l.SKU)
		}
	}
	return nil
}

// ship closes an order.
func (d *desk) ship(ctx context.Context, id string) error { return d.close(ctx, id, "shipped") }

// cancel closes an order and puts its goods back on the shelf.
func (d *desk) cancel(ctx context.Context, id string) error {
	if err := d.close(ctx, id, "cancelled"); err != nil {
		return err
	}
	lines, err := d.orders.lines(ctx, id)
	if err != nil {
		return err
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Compare(a.SKU, b.SKU) })
	for _, l := range lines {
		if err := d.products.move(ctx, l.SKU, l.Quantity); err != nil {
			return err
		}
	}
	return nil
}

func (d *desk) close(ctx context.Context, id, state string) error {
	if closed, err := d.orders.close(ctx, id, state); closed || err != nil {
		return err
	}
	o, err := d.orders.one(ctx, id)
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: the order is %s already", errRefused, o.State)
}

// restock puts new goods on the shelf.
func (d *desk) restock(ctx context.Context, sku string, quantity int64) error {
	if quantity < 1 || quantity > 1000 {
		return fmt.Errorf("%w: %d is not a quantity that fits on the shelf", errRefused, quantity)
	}
	if _, err := d.products.one(ctx, sku); err != nil {
		return err
	}
	return d.products.move(ctx, sku, quantity)
}
