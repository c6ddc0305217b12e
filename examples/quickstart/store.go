package main

import (
	"context"

	"github.com/sqlscope/sqlscope/session"
)

// store has all of the program's SQL. It runs on whatever it is given: on the
// registry, where each call finds the session of its context, or on a session
// or savepoint. It does not know about transactions.
type store struct {
	db session.Querier
}

// vendor is a row of vendors.
type vendor struct {
	ID, Name string
}

// device names a device in the catalogue.
type device struct {
	VendorID, ID string
}

// order is what a customer sends.
type order struct {
	Reference string // the customer's own name for it, used once
	Replaces  string // the reference of another order, or empty
	Devices   []device
	Quantity  int
}

func (s store) addVendor(ctx context.Context, id, name string) error {
	_, err := s.db.Exec(ctx, "INSERT INTO vendors (id, name) VALUES (?, ?)", id, name)
	return err
}

func (s store) addDevice(ctx context.Context, vendor, id, name string) error {
	_, err := s.db.Exec(ctx,
		"INSERT INTO devices (vendor_id, id, name) VALUES (?, ?, ?)", vendor, id, name)
	return err
}

func (s store) vendors(ctx context.Context, name string) ([]vendor, error) {
	return session.Collect[vendor](ctx, s.db,
		"SELECT id, name FROM vendors WHERE name LIKE ? || '%' ORDER BY name", name)
}

// addOrder writes the head of an order and returns its ID.
func (s store) addOrder(ctx context.Context, o order) (int64, error) {
	return session.One[int64](ctx, s.db, `
		INSERT INTO orders (reference, replaces) VALUES (?, nullif(?, ''))
		RETURNING id`, o.Reference, o.Replaces)
}

// addLineSQL is used by addLine, which waits for the answer, and by the handler
// that queues its lines.
const addLineSQL = `
	INSERT INTO order_lines (order_id, vendor_id, device_id, quantity) VALUES (?, ?, ?, ?)`

func (s store) addLine(ctx context.Context, id int64, d device, quantity int) error {
	_, err := s.db.Exec(ctx, addLineSQL, id, d.VendorID, d.ID, quantity)
	return err
}

// pieces counts what an order asks for.
func (s store) pieces(ctx context.Context, id int64) (int, error) {
	return session.One[int](ctx, s.db,
		"SELECT coalesce(sum(quantity), 0) FROM order_lines WHERE order_id = ?", id)
}

// stock counts the rows of all tables.
func (s store) stock(ctx context.Context) (stock, error) {
	return session.One[stock](ctx, s.db, `
		SELECT (SELECT count(*) FROM vendors) AS vendors,
		       (SELECT count(*) FROM devices) AS devices,
		       (SELECT count(*) FROM orders) AS orders,
		       (SELECT count(*) FROM order_lines) AS lines`)
}

// written lists all orders.
func (s store) written(ctx context.Context) ([]written, error) {
	return session.Collect[written](ctx, s.db, `
		SELECT o.reference, count(l.order_id) AS lines
		FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id
		GROUP BY o.id`)
}
