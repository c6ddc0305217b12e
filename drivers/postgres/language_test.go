package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/session"
)

func TestAConnectionThatDiedInThePoolIsReplacedWhateverTheServersLanguage(t *testing.T) {
	dsn := play(t,
		[]reply{says(done("BEGIN"), done("SELECT 1"), ready('T')), {hangUp: true,
			messages: says(done("COMMIT"), ready('I'), inRussian("FATAL", "57P01")).messages}},
		[]reply{says(ready('I')), // to a ping
			says(done("BEGIN"), done("SELECT 1"), ready('T')), says(done("COMMIT"), ready('I'))})
	e, err := session.Open(t.Context(), dsn, session.Options{MaxConns: 1}, postgres.Driver)
	must(t, err)
	defer func() { must(t, e.Close(context.Background())) }()
	for range 2 {
		must(t, e.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
			_, err := s.Exec(ctx, "select 1")
			return err
		}))
	}
	if s := e.Stats(); s.Replays != 1 || s.UnknownCommits != 0 {
		t.Errorf("%d replays, %d unknown commits", s.Replays, s.UnknownCommits)
	}
}

func TestAStatementTimeoutIsToldWhateverTheServersLanguage(t *testing.T) {
	for _, c := range []struct {
		name  string
		limit time.Duration
		kind  drivers.Kind
	}{
		{"after the limit", time.Nanosecond, drivers.KindStatementTimeout},
		{"before the limit", time.Hour, drivers.KindCancelled},
		{"without a limit", 0, drivers.KindCancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			begun := says(done("BEGIN"), done("SET"), ready('T'))
			if c.limit == 0 {
				begun = says(done("BEGIN"), ready('T'))
			}
			p := open(t, play(t, []reply{begun, says(inRussian("ERROR", "57014"), ready('E'))}))
			conn := acquire(t, p)
			mustRun(t, conn, drivers.Step{Op: drivers.OpBegin,
				Tx: &drivers.TxOptions{StatementTimeout: c.limit}})
			_, _, err := run(conn, exec("select 1"))
			wantCode(t, err, "57014")
			if kind := p.Classify(err).Kind; kind != c.kind {
				t.Errorf("kind %v, want %v", kind, c.kind)
			}
		})
	}
}

// The server says that it has committed when it has, and only then that it is
// ready; what is lost in between is the connection.
func TestACommitThatWasConfirmedIsKnownThoughTheConnectionIsLostRightAfter(t *testing.T) {
	p := open(t, play(t, []reply{
		says(done("BEGIN"), ready('T')),
		{messages: says(done("COMMIT")).messages, hangUp: true}}))
	c := acquire(t, p)
	mustRun(t, c, begin())
	mustRun(t, c, commit())
	wantState(t, c, drivers.TxLost)
}
