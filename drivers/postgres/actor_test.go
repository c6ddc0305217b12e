package postgres_test

import (
	"net"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// actor plays a server for what a real one does rarely or in another language.
// It greets each client and answers each request, up to its Sync, with the next
// of its replies; when none is left it closes the connection. The first
// connection plays the first script, and so on.
type actor struct {
	mu      sync.Mutex // guards scripts
	scripts [][]reply
}

// reply is what the server says; hangUp ends the connection after it. One with
// a cue does not wait for a request but for the cue, is the last one, and passes
// the cue on when the connection has ended.
type reply struct {
	messages []pgproto3.BackendMessage
	hangUp   bool
	cue      chan struct{}
}

// says is a reply that the connection survives.
func says(m ...pgproto3.BackendMessage) reply { return reply{messages: m} }

// play starts the actor and returns its DSN.
func play(t *testing.T, scripts ...[]reply) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var all sync.WaitGroup
	t.Cleanup(func() {
		_ = listener.Close()
		all.Wait()
	})
	a := &actor{scripts: scripts}
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { a.serve(conn) })
		}
	})
	return "postgres://sqlscope@" + listener.Addr().String() + "/sqlscope?sslmode=disable"
}

func (a *actor) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	b := pgproto3.NewBackend(conn, conn)
	if m, err := b.ReceiveStartupMessage(); err != nil || !greet(b, m) {
		return
	}
	for _, r := range a.next() {
		switch {
		case r.cue != nil:
			<-r.cue
			_ = r.send(b)
			_ = conn.Close()
			r.cue <- struct{}{}
			return
		case !request(b) || !r.send(b):
			return
		}
	}
	request(b)
}

// next is the script of the next connection.
func (a *actor) next() (script []reply) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.scripts) > 0 {
		script, a.scripts = a.scripts[0], a.scripts[1:]
	}
	return script
}

// greet lets a client in; a cancel request is not one.
func greet(b *pgproto3.Backend, m pgproto3.FrontendMessage) bool {
	if _, ok := m.(*pgproto3.StartupMessage); !ok {
		return false
	}
	return says(&pgproto3.AuthenticationOk{}, &pgproto3.BackendKeyData{ProcessID: 1,
		SecretKey: []byte{1, 2, 3, 4}}, ready('I')).send(b)
}

// request reads one up to its end.
func request(b *pgproto3.Backend) bool {
	for {
		m, err := b.Receive()
		if err != nil {
			return false
		}
		if _, ok := m.(*pgproto3.Sync); ok {
			return true
		}
	}
}

func (r reply) send(b *pgproto3.Backend) (goesOn bool) {
	for _, m := range r.messages {
		b.Send(m)
	}
	return b.Flush() == nil && !r.hangUp
}

func ready(status byte) pgproto3.BackendMessage { return &pgproto3.ReadyForQuery{TxStatus: status} }

func done(tag string) pgproto3.BackendMessage {
	return &pgproto3.CommandComplete{CommandTag: []byte(tag)}
}

// inRussian is an error of a server whose lc_messages is ru_RU.
func inRussian(severity, code string) pgproto3.BackendMessage {
	local := map[string]string{"FATAL": "ВАЖНО", "ERROR": "ОШИБКА"}[severity]
	return &pgproto3.ErrorResponse{Severity: local, SeverityUnlocalized: severity, Code: code,
		Message: "выполнение оператора отменено"}
}
