package dialect

import (
	"context"

	"github.com/sqlscope/sqlscope/drivers"
)

// Unshared is the [drivers.Locker] of a connection to a database in memory, which
// nobody else can reach.
type Unshared struct{}

// TryLock implements [drivers.Locker].
func (Unshared) TryLock(_ context.Context, l drivers.Lock) (bool, error) {
	if l.InTx {
		return false, errNotOfTx
	}
	return true, nil
}

// Unlock implements [drivers.Locker].
func (Unshared) Unlock(context.Context, drivers.Lock) error { return nil }

// Holder implements [drivers.Locker].
func (Unshared) Holder(context.Context, string) (*drivers.Holder, error) { return nil, nil }
