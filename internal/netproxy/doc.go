// Package netproxy is a TCP proxy that lives in the test's own process. It stands between a driver
// and its server and makes the network visible (round trips, connections) and breakable (delay,
// stall, refusal, connections cut at an exact point of a request), without root and without a
// change on either side.
//
// # Delay
//
// Every chunk is stamped when it is read and written when its time has come, one queue for each
// direction: latency is added, throughput is not limited. Round trips of a millisecond are what
// drivers differ in, so the wait has to be better than that. On Linux time.Sleep is not: the
// runtime waits in epoll_wait, whose unit is a millisecond, and 500 µs became 1.1 ms, with or
// without a spin at the end. A timerfd in the runtime's poller is exact and costs no thread.
// Lateness of a 500 µs wait, median over 800 waits for each of n goroutines, two shared cores:
//
//	                   n=1     n=4     n=16
//	time.Sleep         596 µs  595 µs  610 µs
//	sleep, spin 100 µs 603 µs  600 µs  610 µs
//	nanosleep          89 µs   80 µs   82 µs   (and one thread for each wait)
//	timerfd            41 µs   50 µs   86 µs
//	timerfd, spin 40   3 µs    13 µs   42 µs   (chosen)
//
// # Ownership
//
// Every goroutine belongs to its [Proxy], and [Proxy.Close] returns when all of them are gone.
package netproxy
