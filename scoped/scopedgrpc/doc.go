// Package scopedgrpc gives each gRPC call a session of a [scoped.Registry] and
// ends it before the client is told how the call went.
//
//	server := grpc.NewServer(
//		grpc.ChainUnaryInterceptor(recovery, scopedgrpc.UnaryServerInterceptor(registry, opts)),
//		grpc.ChainStreamInterceptor(recovery, scopedgrpc.StreamServerInterceptor(registry, opts)),
//	)
//
// # Unary calls
//
// The transaction is committed after the handler has returned and before its
// reply is sent. A handler that returns an error, whatever its code, or panics
// rolls back; the error goes on as it is, and so does the panic, to an
// interceptor that stands outside. What is to be kept although the call fails
// is written in a scope of its own: registry.Do(registry.Outside(ctx), …).
//
// When the commit fails there is no reply, but an error with a code; see [Code].
//
// # Streams
//
// The transaction is committed before the first message is sent, as what the
// client has seen cannot be taken back. If that fails, SendMsg returns the
// error, and the call ends with it whatever the handler returns. Statements
// after the first message get [scoped.ErrScopeEnded]; what a stream does while
// it goes on takes registry.Do(registry.Outside(ctx), …) for each piece. A
// handler that returns before it has sent anything is like a unary one; so a
// call that collects a stream of requests and answers once is committed before
// its answer.
//
// With [Options.AtEnd] the transaction lasts until the handler returns, and is
// committed before the status is sent: one snapshot for all messages, or rows
// sent while they are read. It holds a connection for as long as the slowest
// client takes to read, and messages may have been sent of what is rolled back
// in the end. That is honest as long as clients wait for the status before
// they believe what they were sent, as gRPC tells them to.
//
// Header metadata, sent early or not, ends nothing. A call that runs no
// statement takes no connection and sends no COMMIT.
package scopedgrpc
