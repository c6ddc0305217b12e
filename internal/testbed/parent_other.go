//go:build !linux

package main

import "syscall"

// dieWithParent does nothing where the kernel has no such service.
func dieWithParent() {}

// commandAttr are the attributes of the command.
func commandAttr(ownGroup bool) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: ownGroup}
}
