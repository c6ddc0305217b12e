package main

import (
	"context"

	"github.com/sqlscope/sqlscope/session"
)

// tables are the catalogue and what customers order from it.
var tables = []string{
	`CREATE TABLE vendors (
		id   TEXT PRIMARY KEY,
		name TEXT NOT NULL
	)`,
	`CREATE TABLE devices (
		vendor_id TEXT NOT NULL REFERENCES vendors (id),
		id        TEXT NOT NULL,
		name      TEXT NOT NULL,
		PRIMARY KEY (vendor_id, id)
	)`,
	// An order may replace one that is written after it in the same
	// transaction, so this reference is checked by COMMIT, which may then fail.
	`CREATE TABLE orders (
		id        INTEGER PRIMARY KEY,
		reference TEXT NOT NULL UNIQUE,
		replaces  TEXT REFERENCES orders (reference) DEFERRABLE INITIALLY DEFERRED
	)`,
	`CREATE TABLE order_lines (
		order_id  INTEGER NOT NULL REFERENCES orders (id),
		vendor_id TEXT NOT NULL,
		device_id TEXT NOT NULL,
		quantity  INTEGER NOT NULL CHECK (quantity > 0),
		PRIMARY KEY (order_id, vendor_id, device_id),
		FOREIGN KEY (vendor_id, device_id) REFERENCES devices (vendor_id, id)
	)`,
}

// createSchema creates all tables or, should one of them fail, none.
func createSchema(ctx context.Context, engine *session.Engine) error {
	return engine.RunSync(ctx, "create the schema",
		func(ctx context.Context, c *session.SyncConn) error {
			for _, table := range tables {
				if _, err := c.Exec(ctx, table); err != nil {
					return err
				}
			}
			return nil
		})
}
