//go:build cgo && (darwin || freebsd || (linux && !amd64 && !arm64))

package odbc

// canHangUp: which socket a call waits for is known on Linux only, see
// thread_linux.go. Elsewhere an abandoned call ends when its driver notices.
const canHangUp = false

type thread struct{}

func (*thread) enter()  {}
func (*thread) leave()  {}
func (*thread) hangUp() {}
