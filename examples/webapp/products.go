package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/session"
)

// errRefused is what the desk says no to, in words that customers may read.
var errRefused = errors.New("refused")

// errNotFound is for what is not there.
var errNotFound = errors.New("there is no such thing")

// products is the repository of what there is to sell.
type products struct{ db session.Querier }

// product is a row of it.
type product struct {
	SKU   string `json:"sku" db:"sku"`
	Name  string `json:"name"`
	Cents int64  `json:"cents"`
	Stock int64  `json:"stock"`
}

func (p products) all(ctx context.Context) ([]product, error) {
	return session.Collect[product](ctx, p.db, "SELECT sku, name, cents, stock FROM products ORDER BY name")
}

// one returns a product, or errNotFound.
func (p products) one(ctx context.Context, sku string) (product, error) {
	found, err := session.Collect[product](ctx, p.db,
		"SELECT sku, name, cents, stock FROM products WHERE sku = ?", sku)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: product %q", errNotFound, sku)
	}
	if err != nil {
		return product{}, err
	}
	return found[0], nil
}

// move adds to the stock, or takes from it. That there is never less than
// nothing is the database's to know: two who look at the same time would both
// see the last teapot.
func (p products) move(ctx context.Context, sku string, quantity int64) error {
	_, err := p.db.Exec(ctx, "UPDATE products SET stock = stock + ? WHERE sku = ?", quantity, sku)
	return err
}
