package netproxy

import (
	"syscall"
	"unsafe"
)

// vanish has the kernel drop whatever comes in on a connection before TCP sees it, so that nothing
// is acknowledged, probes of a keepalive neither: a socket filter that accepts no byte of anything.
// https://docs.kernel.org/networking/filter.html
func vanish(fd uintptr) error {
	const returnConstant = 0x06 // BPF_RET | BPF_K
	drop := []syscall.SockFilter{{Code: returnConstant, K: 0}}
	program := syscall.SockFprog{Len: uint16(len(drop)), Filter: &drop[0]}
	_, _, errno := syscall.Syscall6(syscall.SYS_SETSOCKOPT, fd, syscall.SOL_SOCKET, syscall.SO_ATTACH_FILTER,
		uintptr(unsafe.Pointer(&program)), unsafe.Sizeof(program), 0)
	if errno != 0 {
		return errno
	}
	return nil
}
