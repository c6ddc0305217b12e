package migrate

import (
	"context"
	"errors"
	"sync"
)

// TenantResult is what became of one tenant.
type TenantResult struct {
	// Tenant is its name.
	Tenant string `json:"tenant"`
	// Result is what was done; nil if its migrator could not be made.
	Result *Result `json:"result,omitempty"`
	// Err is why it failed; nil if it did not.
	Err error `json:"-"`
}

// UpEach brings many tenants up to date: schemas of one database, or databases. At
// most workers are at work at a time, each with one connection. open makes the
// migrator of a tenant, with Options.Schema or with an engine of its own, and may
// return a function that closes it. The failure of one does not stop the others; the
// results are in the order of the names. When ctx ends, those that have not begun
// get its error.
func UpEach(ctx context.Context, tenants []string, workers int,
	open func(ctx context.Context, tenant string) (*Migrator, func(), error), opts ...UpOptions) []TenantResult {
	results := make([]TenantResult, len(tenants))
	next := make(chan int)
	var running sync.WaitGroup
	for range max(1, min(workers, len(tenants))) {
		running.Go(func() {
			for i := range next {
				results[i] = upTenant(ctx, tenants[i], open, opts)
			}
		})
	}
	for i := range tenants {
		next <- i
	}
	close(next)
	running.Wait()
	return results
}

func upTenant(ctx context.Context, name string,
	open func(context.Context, string) (*Migrator, func(), error), opts []UpOptions) TenantResult {
	if err := ctx.Err(); err != nil {
		return TenantResult{Tenant: name, Err: err}
	}
	m, done, err := open(ctx, name)
	if done != nil {
		defer done()
	}
	switch {
	case err != nil:
		return TenantResult{Tenant: name, Err: err}
	case m == nil:
		return TenantResult{Tenant: name, Err: errors.New("migrate: open returned no migrator")}
	}
	res, err := m.Up(ctx, opts...)
	return TenantResult{Tenant: name, Result: res, Err: err}
}
