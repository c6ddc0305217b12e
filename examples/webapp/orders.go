package main

import (
	"context"
	"fmt"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// orders is the repository of orders and their lines.
type orders struct{ db session.Querier }

// order is an order with its sums.
type order struct {
	ID       string `json:"id"`
	Customer string `json:"customer"`
	State    string `json:"state"`
	PlacedAt int64  `json:"placed_at"` // in milliseconds, as all of the databases know them
	Pieces   int64  `json:"pieces"`
	Cents    int64  `json:"cents"`
}

// Placed is when it was placed.
func (o order) Placed() time.Time { return time.UnixMilli(o.PlacedAt) }

// line is a line of an order.
type line struct {
	SKU      string `json:"sku" db:"sku"`
	Name     string `json:"name,omitempty"`
	Quantity int64  `json:"quantity"`
	Cents    int64  `json:"cents,omitempty"` // for one, when it was ordered
}

// Sum is the price of the line.
func (l line) Sum() int64 { return l.Quantity * l.Cents }

const selectOrders = `
	SELECT o.id, o.customer, o.state, o.placed_at,
	       coalesce(sum(l.quantity), 0) AS pieces, coalesce(sum(l.quantity * l.cents), 0) AS cents
	FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id `

const groupOrders = ` GROUP BY o.id, o.customer, o.state, o.placed_at `

func (o orders) latest(ctx context.Context, limit int) ([]order, error) {
	return session.Collect[order](ctx, o.db,
		selectOrders+groupOrders+"ORDER BY o.placed_at DESC, o.id LIMIT ?", limit)
}

// one returns an order, or errNotFound.
func (o orders) one(ctx context.Context, id string) (order, error) {
	found, err := session.Collect[order](ctx, o.db, selectOrders+"WHERE o.id = ?"+groupOrders, id)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: order %q", errNotFound, id)
	}
	if err != nil {
		return order{}, err
	}
	return found[0], nil
}

func (o orders) lines(ctx context.Context, id string) ([]line, error) {
	return session.Collect[line](ctx, o.db, `
		SELECT l.sku, p.name, l.quantity, l.cents
		FROM order_lines l JOIN products p ON p.sku = l.sku
		WHERE l.order_id = ? ORDER BY p.name`, id)
}

func (o orders) add(ctx context.Context, id, customer string, at time.Time) error {
	_, err := o.db.Exec(ctx, "INSERT INTO orders (id, customer, state, placed_at) VALUES (?, ?, 'open', ?)",
		id, customer, at.UnixMilli())
	return err
}

func (o orders) addLine(ctx context.Context, id string, l line) error {
	_, err := o.db.Exec(ctx, "INSERT INTO order_lines (order_id, sku, quantity, cents) VALUES (?, ?, ?, ?)",
		id, l.SKU, l.Quantity, l.Cents)
	return err
}

// close makes an open order shipped or cancelled. It returns false if there is
// no such order, or it is closed already.
func (o orders) close(ctx context.Context, id, state string) (bool, error) {
	res, err := o.db.Exec(ctx, "UPDATE orders SET state = ? WHERE id = ? AND state = 'open'", state, id)
	return res.RowsAffected == 1, err
}
