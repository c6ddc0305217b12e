package migratecli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// signalled is why a context ended.
type signalled struct{ signal os.Signal }

func (s *signalled) Error() string { return "ended by " + s.name() }

// name is what people call the signal.
func (s *signalled) name() string {
	switch s.signal {
	case os.Interrupt:
		return "SIGINT"
	case syscall.SIGTERM:
		return "SIGTERM"
	case syscall.SIGHUP:
		return "SIGHUP"
	}
	return s.signal.String()
}

// why says why a context ended.
func why(cause error) string {
	switch {
	case errors.Is(cause, context.DeadlineExceeded):
		return "the time of --timeout is over"
	case errors.Is(cause, context.Canceled):
		return "cancelled"
	}
	return cause.Error()
}

// code is what a shell reports of a process that the signal ended.
func (s *signalled) code() Code {
	if n, ok := s.signal.(syscall.Signal); ok {
		return 128 + Code(n)
	}
	return Interrupted
}

// untilSignal ends the context with the first signal. The second one has its
// usual effect, for those who will not wait. A reader of the output who leaves
// ends nothing: a migration goes on without it.
func untilSignal(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signal.Ignore(syscall.SIGPIPE)
	got := make(chan os.Signal, 1)
	signal.Notify(got, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case s := <-got:
			signal.Stop(got)
			cancel(&signalled{s})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-done
		signal.Stop(got)
	}
}
