package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// signalError is the cause of a context that a signal ended.
type signalError struct{ syscall.Signal }

func (e signalError) Error() string {
	return fmt.Sprintf("ended by signal %d (%s)", int(e.Signal), e.Signal)
}

// notifyContext returns a context that SIGINT, SIGTERM or SIGHUP ends, with a
// signalError as its cause. Until stop is called, further signals do nothing:
// the cleaning up must not be interrupted.
func notifyContext(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	done := make(chan struct{})
	go endAfter(signals, done, cancel) // until stop
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}

// endAfter cancels with the first signal that arrives before done is closed.
func endAfter(signals <-chan os.Signal, done <-chan struct{}, cancel context.CancelCauseFunc) {
	select {
	case s := <-signals:
		if sig, ok := s.(syscall.Signal); ok {
			cancel(signalError{sig})
		}
	case <-done:
	}
}
