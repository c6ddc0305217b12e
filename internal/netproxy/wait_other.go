//go:build !linux

package netproxy

import "time"

// sleeper is time.Sleep where the runtime's poller waits in nanoseconds (kqueue) or where nobody
// measures.
type sleeper struct{}

func (sleeper) sleep(d time.Duration) { time.Sleep(d) }

func (sleeper) close() {}
