//go:build !linux

package netproxy

import "errors"

// vanish needs a filter of Linux.
func vanish(uintptr) error { return errors.ErrUnsupported }
