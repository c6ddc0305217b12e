package scopedsql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/scoped"
)

// Options configure [Open]. The zero value is ready for use.
type Options struct {
	// Alone lets calls run whose context has no scope, each as it would on any
	// *sql.DB: a statement in a scope of its own that is committed at once, for a
	// query when its rows are closed; BeginTx in a scope that Commit and Rollback
	// end, and then with any isolation. DDL that ends a transaction, as on MySQL,
	// is an error in BeginTx's and none for a statement alone. Default: refused with scoped.ErrNoScope.
	// A context whose scope has ended is refused either way.
	Alone bool
	// BufferBytes limits what is kept in memory of a result whose rows are open
	// while other statements run; beyond it the rows end with an error. Default:
	// 16 MiB; negative: no limit.
	BufferBytes int
}

const defaultBufferBytes = 16 << 20

// maxIdle is how many of the *sql.DB's own connections are kept. They hold
// nothing; making one is what costs.
const maxIdle = 256

// Open returns a *sql.DB whose calls run in the scopes of the registry. At most
// one opts is given. It dials nothing, and there is nothing that must be closed.
// It panics without a registry.
func Open(registry *scoped.Registry, opts ...Options) *sql.DB {
	if registry == nil {
		panic("scopedsql: Open needs a registry, got nil")
	}
	c := &connector{registry: registry}
	if len(opts) > 0 {
		c.opts = opts[0]
	}
	if c.opts.BufferBytes == 0 {
		c.opts.BufferBytes = defaultBufferBytes
	}
	db := sql.OpenDB(c)
	db.SetMaxIdleConns(maxIdle)
	return db
}

// connector makes connections that stand for nothing: database/sql chooses one
// before it says for which context.
type connector struct {
	registry *scoped.Registry
	opts     Options
}

// Connect implements [driver.Connector].
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	return &conn{connector: c, taken: ctx}, nil
}

// Driver implements [driver.Connector].
func (c *connector) Driver() driver.Driver { return theDriver{} }

type theDriver struct{}

var errOpen = errors.New("scopedsql: a database is opened with scopedsql.Open, not by name")

// Open implements [driver.Driver].
func (theDriver) Open(name string) (driver.Conn, error) {
	return nil, fmt.Errorf("%w (%q)", errOpen, name)
}
