package scopedsql

import (
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/session"
)

// result implements [driver.Result].
type result struct {
	session.Result
	of *drivers.Description
}

// RowsAffected implements [driver.Result].
func (r *result) RowsAffected() (int64, error) { return r.Result.RowsAffected, nil }

// LastInsertId implements [driver.Result].
func (r *result) LastInsertId() (int64, error) {
	if !r.of.Capabilities.LastInsertID {
		return 0, fmt.Errorf("%w: %s tells no generated keys; use RETURNING", session.ErrUnsupported, r.of.Driver)
	}
	return r.LastInsertID, nil
}
