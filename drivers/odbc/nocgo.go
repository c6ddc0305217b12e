//go:build !cgo || !(darwin || freebsd || linux)

package odbc

import (
	"context"
	"errors"

	"github.com/sqlscope/sqlscope/drivers"
)

// errNoCgo is all that this package does without cgo.
var errNoCgo = errors.New("odbc: this program was built without cgo, which ODBC needs: build it with " +
	"CGO_ENABLED=1 and a C compiler, on Linux, macOS or FreeBSD, with unixODBC's headers (unixodbc-dev)")

func open(context.Context, settings, Options) (drivers.Pool, error) { return nil, errNoCgo }

// profile knows no data source: nothing is opened.
func profile(_, _, _ string) string { return "" }
