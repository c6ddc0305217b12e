//go:build cgo && (darwin || freebsd)

package odbc

// socket would be the network connection below an ODBC driver; it is found on
// Linux only, see there_linux.go.
type socket struct{}

func watchSockets(string) (found func() socket, done func()) {
	return func() socket { return socket{} }, func() {}
}

func (socket) keepAlive() {}

func (socket) silent() bool { return true }
