package scopedgrpc

import (
	"context"

	"google.golang.org/grpc"

	"github.com/sqlscope/sqlscope/scoped"
)

// UnaryServerInterceptor gives each unary call a scope of registry, which the
// handler's context carries, and ends it before the reply is sent, as the
// package documentation says. It panics without a registry.
func UnaryServerInterceptor(registry *scoped.Registry, opts Options) grpc.UnaryServerInterceptor {
	needRegistry(registry, "UnaryServerInterceptor")
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo,
		handler grpc.UnaryHandler) (reply any, err error) {
		scope := opts.scope(ctx, info.FullMethod)
		if opts.Retry != nil {
			scope = append(scope, *opts.Retry)
		}
		var declined error
		err = registry.Do(ctx, func(ctx context.Context) error {
			reply, declined = handler(ctx, req)
			return declined
		}, scope...)
		switch {
		case err == nil:
			return reply, nil
		case declined != nil:
			return nil, declined
		}
		return nil, opts.notCommitted(ctx, info.FullMethod, err)
	}
}
