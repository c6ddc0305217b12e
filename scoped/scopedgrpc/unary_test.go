package scopedgrpc_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedgrpc"
	"github.com/sqlscope/sqlscope/session"
)

// adding adds a note and returns what the test wants.
func (b *bed) adding(err error) service {
	return service{unary: func(ctx context.Context, r *pb.SimpleRequest) (*pb.SimpleResponse, error) {
		b.mustAdd(ctx, int(r.ResponseSize))
		return &pb.SimpleResponse{Username: "added"}, err
	}}
}

func call(t *testing.T, c pb.TestServiceClient, id int32) (*pb.SimpleResponse, error) {
	return c.UnaryCall(limited(t), &pb.SimpleRequest{ResponseSize: id})
}

func TestAReplyIsSentAfterTheCommit(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bed, start func(service, scopedgrpc.Options) pb.TestServiceClient) {
		reply, err := call(t, start(b.adding(nil), scopedgrpc.Options{}), 1)
		must(t, err)
		if reply.GetUsername() != "added" {
			t.Errorf("the client got %v", reply)
		}
		b.wantIDs(1)
	})
}

func TestAnErrorRollsBackAndGoesOnAsItIs(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bed, start func(service, scopedgrpc.Options) pb.TestServiceClient) {
		refused := status.Error(codes.NotFound, "no such thing")
		_, err := call(t, start(b.adding(refused), scopedgrpc.Options{}), 1)
		if status.Code(err) != codes.NotFound || status.Convert(err).Message() != "no such thing" {
			t.Errorf("the client was told %v", err)
		}
		b.wantIDs()
	})
}

func TestAPanicRollsBackAndGoesOn(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bed, start func(service, scopedgrpc.Options) pb.TestServiceClient) {
		c := start(service{unary: func(ctx context.Context, r *pb.SimpleRequest) (*pb.SimpleResponse, error) {
			b.mustAdd(ctx, 1)
			panic("lost my nerve")
		}}, scopedgrpc.Options{})
		_, err := call(t, c, 1)
		if status.Convert(err).Message() != "panic: lost my nerve" {
			t.Errorf("the client was told %v", err)
		}
		b.wantIDs()
	})
}

func TestAFailedCommitIsAnErrorWithTheCodeOfItsReason(t *testing.T) {
	for kind, want := range map[drivers.Kind]codes.Code{
		drivers.KindSerialization: codes.Aborted,
		drivers.KindDeadlock:      codes.Aborted,
		drivers.KindForeignKey:    codes.FailedPrecondition,
		drivers.KindUnique:        codes.AlreadyExists,
		drivers.KindResource:      codes.ResourceExhausted,
		drivers.KindUnknown:       codes.Internal,
	} {
		onBoth(t, func(t *testing.T, b *bed, start func(service, scopedgrpc.Options) pb.TestServiceClient) {
			b.failCommit(kind)
			reply, err := call(t, start(b.adding(nil), scopedgrpc.Options{}), 1)
			wantCode(t, err, want)
			if reply != nil || !strings.Contains(b.log.String(), "sekrit_table") {
				t.Errorf("the client got %v, the log has %s", reply, &b.log)
			}
			b.wantIDs()
		})
	}
}

func TestAnUnknownCommitIsNothingThatClientsRepeat(t *testing.T) {
	for cut, ids := range map[fakedriver.Cut][]int{fakedriver.CutAfter: {1}, fakedriver.CutBefore: nil} {
		b := newBed(t, session.Options{})
		b.db.Once("commit", fakedriver.Reaction{Cut: cut})
		_, err := call(t, b.start(b.adding(nil), scopedgrpc.Options{}, true), 1)
		wantCode(t, err, codes.Unknown)
		if !strings.Contains(err.Error(), "is unknown") {
			t.Errorf("the client was told %v", err)
		}
		b.wantIDs(ids...)
	}
}

func TestASwallowedErrorOfAStatementIsNoSuccess(t *testing.T) {
	b := newBed(t, session.Options{})
	c := b.start(service{unary: func(ctx context.Context, r *pb.SimpleRequest) (*pb.SimpleResponse, error) {
		b.mustAdd(ctx, 1)
		_ = b.add(ctx, 1)
		return &pb.SimpleResponse{}, nil
	}}, scopedgrpc.Options{}, false)
	_, err := call(t, c, 1)
	wantCode(t, err, codes.AlreadyExists)
	b.wantIDs()
}

func TestAClientThatGoesRollsBack(t *testing.T) {
	b := newBed(t, session.Options{})
	began, ended := make(chan struct{}), make(chan struct{})
	c := b.start(service{unary: func(ctx context.Context, r *pb.SimpleRequest) (*pb.SimpleResponse, error) {
		defer close(ended)
		b.mustAdd(ctx, 1)
		close(began)
		<-ctx.Done()
		return &pb.SimpleResponse{}, nil
	}}, scopedgrpc.Options{}, true)
	ctx, leave := context.WithCancel(limited(t))
	go func() { <-began; leave() }()
	_, err := c.UnaryCall(ctx, &pb.SimpleRequest{})
	wantCode(t, err, codes.Canceled)
	<-ended
	b.wantIDs()
}

func TestACallThatUsesNoDatabaseCostsNothing(t *testing.T) {
	b := newBed(t, session.Options{})
	before := b.db.Counts()
	c := b.start(service{unary: func(context.Context, *pb.SimpleRequest) (*pb.SimpleResponse, error) {
		return &pb.SimpleResponse{}, nil
	}}, scopedgrpc.Options{}, false)
	_, err := call(t, c, 1)
	must(t, err)
	if after := b.db.Counts(); after.Flights != before.Flights {
		t.Errorf("the database saw %+v, before %+v", after, before)
	}
}

func TestTheTransactionsOptionsMayDependOnTheCall(t *testing.T) {
	b := newBed(t, session.Options{})
	c := b.start(b.adding(nil), scopedgrpc.Options{
		Tx: func(ctx context.Context, method string) session.TxOptions {
			md, _ := metadata.FromIncomingContext(ctx)
			if method != pb.TestService_UnaryCall_FullMethodName {
				t.Errorf("the method is %q", method)
			}
			return session.TxOptions{Isolation: map[string]session.Isolation{
				"yes": session.Serializable}[strings.Join(md.Get("strict"), "")]}
		}}, false)
	for strict, want := range map[string]string{"yes": "begin isolation level serializable", "no": "begin"} {
		b.db.ResetLog()
		ctx := metadata.AppendToOutgoingContext(limited(t), "strict", strict)
		_, err := c.UnaryCall(ctx, &pb.SimpleRequest{ResponseSize: int32(len(strict))})
		must(t, err)
		if got := b.db.Log()[0]; got != want {
			t.Errorf("it began with %q, want %q", got, want)
		}
	}
}

func TestAUnaryCallMayBeTriedAgain(t *testing.T) {
	b := newBed(t, session.Options{})
	b.failCommit(drivers.KindSerialization)
	tries := 0
	c := b.start(service{unary: func(ctx context.Context, r *pb.SimpleRequest) (*pb.SimpleResponse, error) {
		tries++
		b.mustAdd(ctx, tries)
		return &pb.SimpleResponse{}, nil
	}}, scopedgrpc.Options{Retry: &session.Retry{}}, false)
	_, err := call(t, c, 1)
	must(t, err)
	b.wantIDs(2)
}

func TestTheErrorForTheClientIsTheUsersToChoose(t *testing.T) {
	b := newBed(t, session.Options{})
	b.failCommit(drivers.KindForeignKey)
	c := b.start(b.adding(nil), scopedgrpc.Options{Error: func(_ context.Context, err error) error {
		if session.KindOf(err) == session.KindForeignKey {
			return status.Error(codes.NotFound, "no such customer")
		}
		return err
	}}, false)
	_, err := call(t, c, 1)
	wantCode(t, err, codes.NotFound)
}

// Interceptors around see the cause, clients do not.
func TestTheErrorLeadsToItsCause(t *testing.T) {
	b := newBed(t, session.Options{})
	b.db.Once("commit", fakedriver.Reaction{Cut: fakedriver.CutAfter})
	intercept := scopedgrpc.UnaryServerInterceptor(b.Registry, scopedgrpc.Options{})
	_, err := intercept(t.Context(), nil, &info, func(ctx context.Context, _ any) (any, error) {
		b.mustAdd(ctx, 1)
		return "reply", nil
	})
	wantErr(t, err, session.ErrCommitUnknown)
	wantCode(t, err, codes.Unknown)
	if errors.Is(err, scoped.ErrScopeEnded) {
		t.Errorf("the error is %v", err)
	}
}

func TestInterceptorsNeedARegistry(t *testing.T) {
	for want, f := range map[string]func(){
		"scopedgrpc: UnaryServerInterceptor needs a registry, got nil": func() {
			scopedgrpc.UnaryServerInterceptor(nil, scopedgrpc.Options{})
		},
		"scopedgrpc: StreamServerInterceptor needs a registry, got nil": func() {
			scopedgrpc.StreamServerInterceptor(nil, scopedgrpc.Options{})
		},
	} {
		func() {
			defer func() {
				if p := recover(); p != want {
					t.Errorf("it panicked with %v, want %q", p, want)
				}
			}()
			f()
		}()
	}
}
