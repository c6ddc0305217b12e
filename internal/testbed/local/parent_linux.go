package local

import "syscall"

// dieWithParent asks the kernel to send the signal to the process when the
// thread that started it ends, so that a killed testbed leaves no server behind.
func dieWithParent(attr *syscall.SysProcAttr, sig syscall.Signal) {
	attr.Pdeathsig = sig
}
