package scopedgrpc

import (
	"context"
	"errors"

	"google.golang.org/grpc"

	"github.com/sqlscope/sqlscope/scoped"
)

// StreamServerInterceptor gives each streaming call a scope of registry, which
// the stream's context carries, and ends it before the first message is sent,
// or with [Options.AtEnd] before the status is; see the package documentation.
// It panics without a registry.
func StreamServerInterceptor(registry *scoped.Registry, opts Options) grpc.StreamServerInterceptor {
	needRegistry(registry, "StreamServerInterceptor")
	return func(srv any, under grpc.ServerStream, info *grpc.StreamServerInfo,
		handler grpc.StreamHandler) error {
		s := &stream{ServerStream: under, opts: &opts, method: info.FullMethod}
		ctx, err := registry.BeginIn(under.Context(), &s.scope, opts.scope(under.Context(), s.method)...)
		if err != nil {
			return opts.notCommitted(under.Context(), s.method, err)
		}
		s.ctx = ctx
		returned := false
		defer func() {
			if !returned {
				s.rollBack("the handler panicked", errPanicked)
			}
		}()
		err = handler(srv, s)
		returned = true
		return s.finish(err)
	}
}

var errPanicked = errors.New("scopedgrpc: the handler panicked")

// stream ends the transaction before the first message. Like every
// grpc.ServerStream it has one sender at a time.
type stream struct {
	grpc.ServerStream
	opts   *Options
	method string
	ctx    context.Context // carries the scope; gRPC wants it in here
	scope  scoped.Scope

	ended  bool
	failed error // why the transaction was not committed, for the client
}

// Context carries the scope.
func (s *stream) Context() context.Context { return s.ctx }

// SendMsg commits before it sends the first message.
func (s *stream) SendMsg(m any) error {
	if !s.opts.AtEnd {
		if err := s.commit("the first message was sent; the transaction was committed before it"); err != nil {
			return err
		}
	}
	return s.ServerStream.SendMsg(m)
}

// commit ends the transaction the first time it is called.
func (s *stream) commit(how string) error {
	if s.ended {
		return s.failed
	}
	s.ended = true
	s.scope.Explain(how)
	if err := s.scope.End(s.ctx, nil); err != nil {
		s.scope.Explain("the transaction was not committed, and the client is told so")
		s.failed = s.opts.notCommitted(s.ctx, s.method, err)
	}
	return s.failed
}

func (s *stream) rollBack(why string, cause error) {
	if !s.ended {
		s.ended = true
		s.scope.Explain(why + "; the transaction was rolled back")
		_ = s.scope.End(s.ctx, cause)
	}
}

// finish is called with what the handler has returned, and returns what the
// client is told. The commit's own error goes before.
func (s *stream) finish(err error) error {
	if err != nil {
		s.rollBack("the handler returned an error", err)
	} else {
		_ = s.commit("the call is over")
	}
	if s.failed != nil {
		return s.failed
	}
	return err
}
