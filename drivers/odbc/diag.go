//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"fmt"
	"unsafe"

	"github.com/alexbrainman/odbc/api"
)

// maxRecords is how many diagnostic records are kept.
const maxRecords = 10

// diagnose reads the diagnostic records of a call that has just failed.
func diagnose(op string, r api.SQLRETURN, kind api.SQLSMALLINT, h api.SQLHANDLE) error {
	e := &Error{Op: op}
	for n := api.SQLSMALLINT(1); h != nil && n <= maxRecords; n++ {
		record, ok := diagnostic(kind, h, n)
		if !ok {
			break
		}
		e.Records = append(e.Records, record)
	}
	if len(e.Records) == 0 {
		e.Records = []Record{{State: "HY000", Message: fmt.Sprintf("the ODBC driver returned %d and no reason", r)}}
	}
	return e
}

func diagnostic(kind api.SQLSMALLINT, h api.SQLHANDLE, n api.SQLSMALLINT) (Record, bool) {
	var (
		state   [6]uint16
		native  api.SQLINTEGER
		length  api.SQLSMALLINT
		message = make([]uint16, 2048)
	)
	r := api.SQLGetDiagRec(kind, h, n, (*api.SQLWCHAR)(unsafe.Pointer(&state[0])), &native,
		(*api.SQLWCHAR)(unsafe.Pointer(&message[0])), api.SQLSMALLINT(len(message)), &length)
	if !succeeded(r) {
		return Record{}, false
	}
	return Record{
		State:   fromUTF16(state[:5]),
		Native:  int(native),
		Message: fromUTF16(message[:min(max(int(length), 0), len(message)-1)]),
	}, true
}
