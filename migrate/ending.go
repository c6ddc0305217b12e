package migrate

import (
	"errors"
	"math"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

// ending is the last statement of a transaction, on its way in one flight with the
// record and COMMIT: a migration of one statement is one round trip.
//
// If the connection is lost meanwhile, nobody here knows whether it was committed.
// The record is a part of the same transaction, so the history knows, and the lock
// is the connection's: whoever gets it reads the truth.
type ending struct {
	*underWay
	result session.Result
}

// notRun stands for the rows of a statement of which nothing has come back.
const notRun = math.MinInt64

// isLast reports whether a statement travels with COMMIT. It is left to Postgres,
// whose driver sends several statements at once and whose clock the record needs,
// to a lock that is the connection's, and to statements that leave the transaction as
// it is.
func (r *run) isLast(s *Step, st *sqlsplit.Statement) bool {
	words := st.Words(1)
	return r.m.dialect == sqlsplit.Postgres && !r.m.leased() && !r.conn.InTransaction() && st.Number == s.Count &&
		st.Control() == sqlsplit.NoControl && len(words) > 0 && words[0] != "COPY"
}

func (r *run) queueLast(t tx, s *Step, st *sqlsplit.Statement) error {
	l := &ending{r.begin(s, st), session.Result{RowsAffected: notRun}}
	if err := t.QueueText(st.SQL, &l.result); err != nil {
		return l.end(0, err)
	}
	r.ending = l
	return nil
}

// arrive tells what has become of the statement, if there was one, and returns err as
// its error if it is that.
func (l *ending) arrive(err error) error {
	switch {
	case l == nil:
		return err
	case l.result.RowsAffected != notRun: // what failed, if anything did, was behind it
		_ = l.end(l.result.RowsAffected, nil)
		return err
	}
	return l.end(0, itself(err))
}

// itself is the database's error without the remark that the statement was queued.
func itself(err error) error {
	var db *session.Error
	if errors.As(err, &db) && !errors.Is(err, session.ErrCommitUnknown) {
		return db
	}
	return err
}
