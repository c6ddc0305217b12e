package scopedgrpc_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedgrpc"
	"github.com/sqlscope/sqlscope/session"
)

func message(text any) *pb.StreamingOutputCallResponse {
	return &pb.StreamingOutputCallResponse{Payload: &pb.Payload{Body: fmt.Append(nil, text)}}
}

// receive returns the texts of a stream and the error it ended with, nil for OK.
func receive(t *testing.T, c pb.TestServiceClient) (texts []string, err error) {
	t.Helper()
	stream, err := c.StreamingOutputCall(limited(t), &pb.StreamingOutputCallRequest{})
	must(t, err)
	for {
		m, err := stream.Recv()
		if err == io.EOF {
			return texts, nil
		}
		if err != nil {
			return texts, err
		}
		texts = append(texts, string(m.GetPayload().GetBody()))
	}
}

func TestAStreamIsCommittedBeforeItsFirstMessage(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bed, start func(service, scopedgrpc.Options) pb.TestServiceClient) {
		c := start(service{output: func(out pb.TestService_StreamingOutputCallServer) error {
			ctx := out.Context()
			must(t, out.SendHeader(metadata.Pairs("x", "y"))) // ends nothing
			b.mustAdd(ctx, 1)
			must(t, out.Send(message("first")))
			b.wantIDs(1)
			err := b.add(ctx, 2)
			wantErr(t, err, scoped.ErrScopeEnded)
			if !strings.Contains(err.Error(), "the first message was sent") {
				t.Errorf("the error does not say why: %v", err)
			}
			must(t, b.Do(b.Outside(ctx), func(ctx context.Context) error { return b.add(ctx, 3) }))
			return out.Send(message("second"))
		}}, scopedgrpc.Options{})
		texts, err := receive(t, c)
		must(t, err)
		if fmt.Sprint(texts) != "[first second]" {
			t.Errorf("the client got %v", texts)
		}
		b.wantIDs(1, 3)
	})
}

func TestAStreamWhoseCommitFailsSendsNoMessage(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bed, start func(service, scopedgrpc.Options) pb.TestServiceClient) {
		b.failCommit(drivers.KindSerialization)
		c := start(service{output: func(out pb.TestService_StreamingOutputCallServer) error {
			b.mustAdd(out.Context(), 1)
			for range 2 {
				err := out.Send(message("first"))
				if status.Code(err) != codes.Aborted {
					t.Errorf("the handler was told %v", err)
				}
				if session.KindOf(err) != session.KindSerialization {
					t.Errorf("the error does not lead to its cause: %v", err)
				}
			}
			return nil // swallowed
		}}, scopedgrpc.Options{})
		texts, err := receive(t, c)
		wantCode(t, err, codes.Aborted)
		if len(texts) != 0 {
			t.Errorf("the client got %v", texts)
		}
		b.wantIDs()
	})
}

func TestAStreamThatEndsBeforeItsFirstMessage(t *testing.T) {
	for name, c := range map[string]struct {
		handler func() error
		code    codes.Code
		ids     []int
	}{
		"with nil commits":         {func() error { return nil }, codes.OK, []int{1}},
		"with an error rolls back": {func() error { return status.Error(codes.NotFound, "") }, codes.NotFound, nil},
		"with a panic rolls back":  {func() error { panic("lost my nerve") }, codes.Internal, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, session.Options{})
			client := b.start(service{output: func(out pb.TestService_StreamingOutputCallServer) error {
				b.mustAdd(out.Context(), 1)
				return c.handler()
			}}, scopedgrpc.Options{}, false)
			_, err := receive(t, client)
			wantCode(t, err, c.code)
			b.wantIDs(c.ids...)
		})
	}
}

func TestAnErrorAfterTheFirstMessageCannotUndoTheCommit(t *testing.T) {
	b := newBed(t, session.Options{})
	c := b.start(service{output: func(out pb.TestService_StreamingOutputCallServer) error {
		b.mustAdd(out.Context(), 1)
		must(t, out.Send(message("first")))
		return status.Error(codes.DataLoss, "too late")
	}}, scopedgrpc.Options{}, false)
	_, err := receive(t, c)
	wantCode(t, err, codes.DataLoss)
	b.wantIDs(1)
}

func TestAtEndAStreamIsCommittedBeforeItsStatus(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bed, start func(service, scopedgrpc.Options) pb.TestServiceClient) {
		fail := true
		c := start(service{output: func(out pb.TestService_StreamingOutputCallServer) error {
			b.mustAdd(out.Context(), 1)
			for id, err := range session.Each[int](out.Context(), b, "SELECT id FROM notes") {
				must(t, err)
				must(t, out.Send(message(id))) // while the rows are open
			}
			b.mustAdd(out.Context(), 2)
			if fail {
				b.failCommit(drivers.KindSerialization)
			}
			return nil
		}}, scopedgrpc.Options{AtEnd: true})
		texts, err := receive(t, c)
		wantCode(t, err, codes.Aborted)
		if fmt.Sprint(texts) != "[1]" {
			t.Errorf("the client got %v", texts)
		}
		b.wantIDs()
		fail = false
		_, err = receive(t, c)
		must(t, err)
		b.wantIDs(1, 2)
	})
}

func TestACallThatCollectsIsCommittedBeforeItsAnswer(t *testing.T) {
	for _, fail := range []bool{false, true} {
		b := newBed(t, session.Options{})
		c := b.start(service{input: func(in pb.TestService_StreamingInputCallServer) error {
			for n := 1; ; n++ {
				if _, err := in.Recv(); err == io.EOF {
					return in.SendAndClose(&pb.StreamingInputCallResponse{AggregatedPayloadSize: int32(n)})
				}
				b.mustAdd(in.Context(), n)
			}
		}}, scopedgrpc.Options{}, true)
		stream, err := c.StreamingInputCall(limited(t))
		must(t, err)
		for range 3 {
			must(t, stream.Send(&pb.StreamingInputCallRequest{}))
		}
		if fail {
			b.failCommit(drivers.KindDeadlock)
		}
		_, err = stream.CloseAndRecv()
		if fail {
			wantCode(t, err, codes.Aborted)
			b.wantIDs()
		} else {
			must(t, err)
			b.wantIDs(1, 2, 3)
		}
	}
}

func TestAConversationWorksPieceByPieceOutsideOfItsScope(t *testing.T) {
	b := newBed(t, session.Options{})
	c := b.start(service{duplex: func(both pb.TestService_FullDuplexCallServer) error {
		ctx := b.Outside(both.Context())
		for id := 1; ; id++ {
			if _, err := both.Recv(); err == io.EOF {
				return nil // the client has said all
			} else if err != nil {
				return err
			}
			if err := b.Do(ctx, func(ctx context.Context) error { return b.add(ctx, id) }); err != nil {
				return err
			}
			if err := both.Send(message(id)); err != nil {
				return err
			}
		}
	}}, scopedgrpc.Options{}, true)
	stream, err := c.FullDuplexCall(limited(t))
	must(t, err)
	for id := 1; id <= 3; id++ {
		must(t, stream.Send(&pb.StreamingOutputCallRequest{}))
		m, err := stream.Recv()
		must(t, err)
		if got := string(m.GetPayload().GetBody()); got != fmt.Sprint(id) || len(b.ids()) != id {
			t.Errorf("the client got %s, committed are %v", got, b.ids())
		}
	}
	must(t, stream.CloseSend())
	_, err = stream.Recv()
	wantErr(t, err, io.EOF)
}

func TestAStreamWhoseClientGoesRollsBack(t *testing.T) {
	b := newBed(t, session.Options{})
	began, ended := make(chan struct{}), make(chan struct{})
	c := b.start(service{output: func(out pb.TestService_StreamingOutputCallServer) error {
		defer close(ended)
		b.mustAdd(out.Context(), 1)
		close(began)
		<-out.Context().Done()
		return out.Send(message("too late"))
	}}, scopedgrpc.Options{}, true)
	ctx, leave := context.WithCancel(limited(t))
	defer leave()
	stream, err := c.StreamingOutputCall(ctx, &pb.StreamingOutputCallRequest{})
	must(t, err)
	<-began
	leave()
	_, err = stream.Recv()
	wantCode(t, err, codes.Canceled)
	<-ended
	b.wantIDs()
}
