package sqlite_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// TestStressAWriterAndReadersKeepTheBooksBalanced moves money between accounts
// at random, cancels and rolls back at random, while readers check the total.
func TestStressAWriterAndReadersKeepTheBooksBalanced(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	const accounts, workers, rounds = 10, 6, 150
	p := openPool(t, fileURL(t), 4)
	other := openPool(t, "sqlite:///"+p.Describe().Address, 2)
	c := writer(t, p)
	c.run(exec("CREATE TABLE account (id INTEGER PRIMARY KEY, cents)"))
	for range accounts {
		c.run(exec("INSERT INTO account (cents) VALUES (100)"))
	}
	c.Release()

	var all sync.WaitGroup
	for w := range workers {
		rnd := rand.New(rand.NewPCG(seed, uint64(w)))
		all.Go(func() {
			for range rounds {
				ctx, cancel := context.WithCancel(t.Context())
				if rnd.IntN(4) == 0 {
					time.AfterFunc(time.Duration(rnd.IntN(1000))*time.Microsecond, cancel)
				}
				from := []drivers.Pool{p, p, other}[rnd.IntN(3)]
				var err error
				if rnd.IntN(2) == 0 {
					err = transfer(ctx, from, rnd, accounts)
				} else {
					err = audit(ctx, t, from, accounts*100)
				}
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				cancel()
			}
		})
	}
	all.Wait()
	if err := audit(t.Context(), t, p, accounts*100); err != nil {
		t.Error(err)
	}
}

func transfer(ctx context.Context, p drivers.Pool, rnd *rand.Rand, accounts int) error {
	c, err := p.Acquire(ctx, drivers.Need{})
	if err != nil {
		return err
	}
	defer c.Release()
	amount := rnd.IntN(50)
	_, err = c.Run(ctx, &drivers.Flight{Steps: []drivers.Step{begin,
		exec("UPDATE account SET cents = cents - ? WHERE id = ?", amount, 1+rnd.IntN(accounts)),
		exec("UPDATE account SET cents = cents + ? WHERE id = ?", amount, 1+rnd.IntN(accounts))}})
	end := commit
	if err != nil || rnd.IntN(5) == 0 {
		end = rollback
	}
	_, ended := c.Run(context.WithoutCancel(ctx), &drivers.Flight{Steps: []drivers.Step{end}})
	return errors.Join(err, ended)
}

func audit(ctx context.Context, t *testing.T, p drivers.Pool, want int) (err error) {
	conn, err := p.Acquire(ctx, drivers.Need{ReadOnly: true})
	if err != nil {
		return err
	}
	defer conn.Release()
	defer func() {
		end := &drivers.Flight{Steps: []drivers.Step{rollback}}
		_, ended := conn.Run(context.WithoutCancel(ctx), end)
		err = errors.Join(err, ended)
	}()
	rows, err := conn.Run(ctx, &drivers.Flight{Steps: []drivers.Step{readOnly,
		{Op: drivers.OpQuery, SQL: "SELECT id, cents FROM account"}}})
	if err != nil {
		return err
	}
	total := 0
	for rows.Next() {
		var id, cents int
		if err := rows.Scan(&id, &cents); err != nil {
			return errors.Join(err, rows.Close())
		}
		total += cents
	}
	if err := rows.Close(); err != nil {
		return err
	}
	if total != want {
		t.Errorf("the total is %d, want %d", total, want)
	}
	return nil
}
