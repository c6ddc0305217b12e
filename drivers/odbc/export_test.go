//go:build cgo && (darwin || freebsd || linux)

package odbc

// Handles is the number of ODBC handles that are allocated.
func Handles() int64 { return handles.Load() }

// CutURL splits a URL as Driver.Open does.
func CutURL(url string) (connString string, maxAbandoned int, err error) {
	s, own, err := parseURL(url)
	return s.String(), own.maxAbandoned, err
}

// CanHangUp says whether the waits of abandoned calls can be ended.
const CanHangUp = canHangUp
