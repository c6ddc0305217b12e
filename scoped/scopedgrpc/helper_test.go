package scopedgrpc_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/internal/leakcheck"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedgrpc"
	"github.com/sqlscope/sqlscope/session"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// service is gRPC's own test service; each test says what its methods do.
type service struct {
	pb.UnimplementedTestServiceServer
	unary  func(context.Context, *pb.SimpleRequest) (*pb.SimpleResponse, error)
	output func(pb.TestService_StreamingOutputCallServer) error
	input  func(pb.TestService_StreamingInputCallServer) error
	duplex func(pb.TestService_FullDuplexCallServer) error
}

func (s service) UnaryCall(ctx context.Context, r *pb.SimpleRequest) (*pb.SimpleResponse, error) {
	return s.unary(ctx, r)
}

func (s service) StreamingOutputCall(_ *pb.StreamingOutputCallRequest,
	out pb.TestService_StreamingOutputCallServer) error {
	return s.output(out)
}

func (s service) StreamingInputCall(in pb.TestService_StreamingInputCallServer) error {
	return s.input(in)
}

func (s service) FullDuplexCall(both pb.TestService_FullDuplexCallServer) error {
	return s.duplex(both)
}

// bed is a registry on a fake database with a table of notes.
type bed struct {
	*scoped.Registry
	t      testing.TB
	engine *session.Engine
	db     *fakedriver.DB
	log    log
}

func newBed(t testing.TB, opts session.Options) *bed {
	t.Helper()
	db := fakedriver.New(fakedriver.Options{})
	engine, err := session.Open(t.Context(), "fake:", opts, db.Driver())
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		must(t, engine.Close(ctx)) // names whoever still holds a connection
	})
	must(t, engine.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "CREATE TABLE notes (id integer primary key)")
		return err
	}))
	db.ResetLog()
	return &bed{Registry: scoped.New(engine), t: t, engine: engine, db: db}
}

// start serves s with the interceptors, in memory or on loopback, and returns a
// client. Panics are answered by an interceptor outside.
func (b *bed) start(s service, opts scopedgrpc.Options, loopback bool) pb.TestServiceClient {
	opts.Logger = slog.New(slog.NewTextHandler(&b.log, nil))
	srv := grpc.NewServer(
		grpc.ChainUnaryInterceptor(recoverUnary, scopedgrpc.UnaryServerInterceptor(b.Registry, opts)),
		grpc.ChainStreamInterceptor(recoverStream, scopedgrpc.StreamServerInterceptor(b.Registry, opts)))
	pb.RegisterTestServiceServer(srv, s)
	var dial []grpc.DialOption
	target := "passthrough:///memory"
	var listener net.Listener
	if loopback {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(b.t, err)
		listener, target = l, "passthrough:///"+l.Addr().String()
	} else {
		l := bufconn.Listen(1 << 16)
		listener = l
		dial = append(dial, grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return l.DialContext(ctx)
		}))
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = srv.Serve(listener) })
	conn, err := grpc.NewClient(target, append(dial, grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	must(b.t, err)
	b.t.Cleanup(func() {
		conn.Close()
		srv.Stop()
		serving.Wait()
	})
	return pb.NewTestServiceClient(conn)
}

func recoverUnary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (_ any, err error) {
	defer answerPanic(&err)
	return next(ctx, req)
}

func recoverStream(srv any, s grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	defer answerPanic(&err)
	return next(srv, s)
}

func answerPanic(err *error) {
	if p := recover(); p != nil {
		*err = status.Errorf(codes.Internal, "panic: %v", p)
	}
}

// onBoth runs a test in memory and on loopback.
func onBoth(t *testing.T, test func(t *testing.T, b *bed,
	start func(service, scopedgrpc.Options) pb.TestServiceClient)) {
	for name, loopback := range map[string]bool{"bufconn": false, "loopback": true} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, session.Options{})
			test(t, b, func(s service, opts scopedgrpc.Options) pb.TestServiceClient {
				return b.start(s, opts, loopback)
			})
		})
	}
}

// limited is the context of a call: a handler that a test has ended never answers.
func limited(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func (b *bed) add(ctx context.Context, id int) error {
	_, err := b.Exec(ctx, "INSERT INTO notes (id) VALUES (?)", id)
	return err
}

func (b *bed) mustAdd(ctx context.Context, id int) {
	b.t.Helper()
	must(b.t, b.add(ctx, id))
}

// ids are the notes that have been committed.
func (b *bed) ids() (ids []int) {
	b.t.Helper()
	must(b.t, b.engine.Do(context.Background(), func(ctx context.Context, s *session.Session) (err error) {
		ids, err = session.Collect[int](ctx, s, "SELECT id FROM notes ORDER BY id")
		return err
	}))
	return ids
}

func (b *bed) wantIDs(want ...int) {
	b.t.Helper()
	if got := b.ids(); !slices.Equal(got, want) {
		b.t.Errorf("committed are %v, want %v", got, want)
	}
}

// failCommit makes the next commit fail, with a word that nobody may see.
func (b *bed) failCommit(kind drivers.Kind) {
	b.db.Once("commit", fakedriver.Reaction{Err: fakedriver.Errorf(kind, "sekrit_table is busy")})
}

// log is a buffer for several goroutines.
type log struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("error is %v, want %v", got, want)
	}
}

// wantCode checks what a client was told, and that it was told no more.
func wantCode(t testing.TB, err error, want codes.Code) {
	t.Helper()
	if status.Code(err) != want {
		t.Errorf("the client was told %v, want %v", err, want)
	}
	if err != nil && strings.Contains(err.Error(), "sekrit") {
		t.Errorf("the client was told the database's words: %v", err)
	}
}
