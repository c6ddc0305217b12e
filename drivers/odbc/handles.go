//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"sync/atomic"

	"github.com/alexbrainman/odbc/api"
)

// handles counts those that are allocated, so that tests see one that is not
// freed.
var handles atomic.Int64

func allocate(kind api.SQLSMALLINT, in api.SQLHANDLE) (api.SQLHANDLE, error) {
	var h api.SQLHANDLE
	if r := api.SQLAllocHandle(kind, in, &h); !succeeded(r) {
		parent := kind - 1 // an environment's connections, a connection's statements
		return nil, diagnose("allocate a handle", r, parent, in)
	}
	handles.Add(1)
	return h, nil
}

func free(kind api.SQLSMALLINT, h api.SQLHANDLE) {
	if h != nil && succeeded(api.SQLFreeHandle(kind, h)) {
		handles.Add(-1)
	}
}

// environment is what all connections of a pool have in common.
func newEnvironment() (api.SQLHENV, error) {
	h, err := allocate(api.SQL_HANDLE_ENV, nil)
	if err != nil {
		return nil, err
	}
	env := api.SQLHENV(h)
	if r := api.SQLSetEnvUIntPtrAttr(env, api.SQL_ATTR_ODBC_VERSION, api.SQL_OV_ODBC3, 0); !succeeded(r) {
		err := diagnose("ask for ODBC 3", r, api.SQL_HANDLE_ENV, h)
		free(api.SQL_HANDLE_ENV, h)
		return nil, err
	}
	return env, nil
}
