package testdsn

import (
	"context"

	"github.com/sqlscope/sqlscope/drivers"
)

// Lockless is a driver like d whose databases keep no locks with names.
func Lockless(d drivers.Driver) drivers.Driver { return lockless{d} }

type lockless struct{ drivers.Driver }

func (d lockless) Open(ctx context.Context, cfg drivers.Config) (drivers.Pool, error) {
	p, err := d.Driver.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return WithoutLocks(p), nil
}

// WithoutLocks is a pool like p whose database keeps no locks with names.
func WithoutLocks(p drivers.Pool) drivers.Pool {
	desc := *p.Describe()
	desc.Capabilities.Locks = drivers.Locks{}
	return locklessPool{p, &desc}
}

type locklessPool struct {
	drivers.Pool
	desc *drivers.Description
}

func (p locklessPool) Describe() *drivers.Description { return p.desc }
