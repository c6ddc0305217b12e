package postgres_test

import (
	"runtime"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlscope/sqlscope/drivers"
)

// What the server says last may stand behind something that it said unasked.
func TestAConnectionThatEndedBehindANotificationIsNoticedBeforeCommit(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells")
	}
	notification := &pgproto3.NotificationResponse{PID: 1, Channel: "news", Payload: "none"}
	fatal := &pgproto3.ErrorResponse{Severity: "FATAL", SeverityUnlocalized: "FATAL", Code: "57P01",
		Message: "terminating connection due to administrator command"}
	cue := make(chan struct{})
	p := open(t, play(t, []reply{says(done("BEGIN"), ready('T')),
		{cue: cue, messages: says(notification, fatal).messages}}))
	c := acquire(t, p)
	mustRun(t, c, begin())
	cue <- struct{}{}
	<-cue
	f, _, err := run(c, commit())
	wantCode(t, err, "57P01")
	if f.Sent != 0 {
		t.Error("COMMIT was sent on a connection that had ended")
	}
	wantState(t, c, drivers.TxLost)
}
